# Compiles each public header alone, and twice in one file: it includes what it needs, and has its
# guard.
#
#   cmake -D COMPILER=g++ -D ROOT=.. -D WORK=folder [-D FLAGS="-fno-exceptions;-fno-rtti"] -P ..
set(compile ${COMPILER} -std=c++23 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  -fsyntax-only ${FLAGS} -I ${ROOT}/include)
file(GLOB headers RELATIVE ${ROOT}/include FOLLOW_SYMLINKS
  ${ROOT}/include/mortise/*.h ${ROOT}/include/mortise/abi/*.h
  ${ROOT}/include/mortise/contract/*.h ${ROOT}/include/mortise/policy/*.h
  ${ROOT}/include/mortise/runtime/*.h
  ${ROOT}/include/mortise/services/*.h ${ROOT}/include/mortise/services/*/*.h)
# Those of telemetry are for hosts that have a library, and its exceptions.
list(LENGTH headers count)
if(count LESS 30)
  message(FATAL_ERROR "Only ${count} headers were found below ${ROOT}/include")
endif()

foreach(header IN LISTS headers)
  file(WRITE ${WORK}/header.cpp "#include <${header}>\n#include <${header}>\n")
  execute_process(COMMAND ${compile} ${WORK}/header.cpp RESULT_VARIABLE status ERROR_VARIABLE said)
  if(NOT status EQUAL 0)
    message(SEND_ERROR "<${header}> does not compile alone:\n${said}")
  endif()
endforeach()
message(STATUS "${count} headers")
