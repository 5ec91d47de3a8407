# Compiles a misuse of the library twice: with FIXED, where it must compile, and without, where it
# must not, and where the compiler must say all that the file expects of it ("// error: ..").
#
#   cmake -D COMPILER=g++ -D WORDS_OF=GNU -D SOURCE=case.cpp -D ROOT=.. -D BINDING=folder -P ..
#
# BINDING is where plugin_world.h is.
set(compile ${CMAKE_COMMAND} -E env LC_ALL=C
  ${COMPILER} -std=c++23 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fsyntax-only
  -I ${ROOT} -I ${ROOT}/include -I ${BINDING})

execute_process(COMMAND ${compile} -D FIXED=1 ${SOURCE} RESULT_VARIABLE status ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} must compile with FIXED:\n${said}")
endif()

execute_process(COMMAND ${compile} -D FIXED=0 ${SOURCE} RESULT_VARIABLE status ERROR_VARIABLE said)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE} must not compile without FIXED")
endif()

# Compilers have words of their own: those of GCC are checked.
if(NOT WORDS_OF STREQUAL "GNU")
  return()
endif()
file(READ ${SOURCE} source)
string(REGEX MATCHALL "// error: [^\n]+" expected "${source}")
if(NOT expected)
  message(FATAL_ERROR "${SOURCE} does not say what it expects: // error: ..")
endif()
foreach(phrase IN LISTS expected)
  string(REPLACE "// error: " "" phrase "${phrase}")
  string(FIND "${said}" "${phrase}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "${SOURCE} must be refused with: ${phrase}\nThe compiler said:\n${said}")
  endif()
endforeach()
