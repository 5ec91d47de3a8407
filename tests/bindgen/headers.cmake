# Compiles a generated header twice in one file, with and without exceptions, as hosts may that are
# more strict than ours; and so the host in use/ that implements and calls what is in it, if it has one.
#
#   cmake -D COMPILER=g++ -D ROOT=.. -D HEADER=.. -D WORK=folder -P ..
file(MAKE_DIRECTORY ${WORK})
file(READ ${HEADER} text)
if(NOT text MATCHES "namespace ([a-z0-9_:]+) {\n\n// world [^\n]*\n(//[^\n]*\n)*struct ([A-Za-z0-9_]+) {")
  message(FATAL_ERROR "${HEADER} has no world")
endif()
set(world ${CMAKE_MATCH_1}::${CMAKE_MATCH_3})
file(WRITE ${WORK}/header.cpp
  "#include \"${HEADER}\"\n#include \"${HEADER}\"\ntemplate class mortise::Plugin<${world}>;\n")
set(sources ${WORK}/header.cpp)
cmake_path(GET HEADER STEM name)
cmake_path(GET HEADER PARENT_PATH folder)
set(use ${ROOT}/tests/bindgen/use/${name}.cpp)
if(EXISTS ${use})
  list(APPEND sources ${use})
endif()
foreach(source IN LISTS sources)
  # The last is for hardening, and changes what g++ takes for constant.
  foreach(flags IN ITEMS "" "-fno-exceptions;-fno-rtti;-fno-delete-null-pointer-checks")
    execute_process(
      COMMAND ${COMPILER} -std=c++23 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
        -fsyntax-only ${flags} -I ${ROOT}/include -iquote ${folder} ${source}
      RESULT_VARIABLE status ERROR_VARIABLE said)
    if(NOT status EQUAL 0)
      message(SEND_ERROR "${HEADER} does not compile ${flags}:\n${said}")
    endif()
  endforeach()
endforeach()
