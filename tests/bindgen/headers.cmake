# Compiles a generated header twice in one file, with and without exceptions, as hosts may that are
# more strict than ours.
#
#   cmake -D COMPILER=g++ -D ROOT=.. -D HEADER=.. -D WORK=folder -P ..
file(MAKE_DIRECTORY ${WORK})
file(WRITE ${WORK}/header.cpp "#include \"${HEADER}\"\n#include \"${HEADER}\"\n")
foreach(flags IN ITEMS "" "-fno-exceptions;-fno-rtti")
  execute_process(
    COMMAND ${COMPILER} -std=c++23 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
      -fsyntax-only ${flags} -I ${ROOT}/include ${WORK}/header.cpp
    RESULT_VARIABLE status ERROR_VARIABLE said)
  if(NOT status EQUAL 0)
    message(SEND_ERROR "${HEADER} does not compile ${flags}:\n${said}")
  endif()
endforeach()
