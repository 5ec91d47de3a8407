# Installs a build, moves what was installed elsewhere, and builds and runs the example against it:
#
#   cmake -D BUILD=.. -D SOURCE=.. -D WORK=.. -D GUEST=.. -D CXX=.. -P run.cmake
#
# PREFIX, a place where Mortise is installed already, takes the place of BUILD; its compile helper
# goes away for a moment.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "`${command}` ended with ${status}:\n${out}")
  endif()
endfunction()

function(build)
  run(${CMAKE_COMMAND} -G Ninja -S ${WORK}/host -B ${WORK}/build
    -D CMAKE_BUILD_TYPE=Release -D CMAKE_CXX_COMPILER=${CXX} -D CMAKE_PREFIX_PATH=${PREFIX} ${ARGN})
  run(${CMAKE_COMMAND} --build ${WORK}/build)
endfunction()

# A host, without what could lead it to another library or helper than the installed ones.
function(run_host name)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env --unset=LD_LIBRARY_PATH --unset=MORTISE_COMPILER
      ${WORK}/build/${name} ${GUEST}
    RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE error)
  set(status ${status} PARENT_SCOPE)
  set(out "${out}" PARENT_SCOPE)
  set(error "${error}" PARENT_SCOPE)
endfunction()

function(expect text in what)
  string(FIND "${in}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${what}: expected\n  ${text}\nin\n  ${in}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
if(NOT PREFIX)
  set(PREFIX ${WORK}/moved)
  run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/installed)
  file(RENAME ${WORK}/installed ${PREFIX})
endif()

file(COPY ${SOURCE}/examples/processor/ ${SOURCE}/wit/plugin-world.wit
  ${SOURCE}/tests/install/host/ DESTINATION ${WORK}/host)
build()

set(answer "Result: [Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES\n")
foreach(host host_static host_shared)
  run_host(${host})
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${host} ended with ${status}:\n${out}${error}")
  endif()
  expect("${answer}" "${out}" ${host})
endforeach()

# So are its observers, where their libraries are here.
set(said_by_prometheus "mortise_instances_made_total{plugin=\"processor.wasm\"} 1\n")
set(said_by_spdlog "event=load plugin=processor.wasm ms=")
foreach(name prometheus spdlog)
  foreach(form mortise mortise_with_shared_engine)
    if(EXISTS ${WORK}/build/${name}_${form})
      run_host(${name}_${form})
      expect("${said_by_${name}}" "${out}" ${name}_${form})
    endif()
  endforeach()
endforeach()
run(${CMAKE_COMMAND} -E chdir ${WORK} ${WORK}/build/host_services)
run_host(host_policy)
expect("granted: 1, loaded: 1\n" "${out}" "a host with a policy")

# The command finds the helper that was installed with it.
run(${CMAKE_COMMAND} -E env --unset=MORTISE_COMPILER
  ${PREFIX}/bin/mortise check ${GUEST} --wit ${SOURCE}/wit/plugin-world.wit)

# The helper was this package's, and nothing else stands in for it.
set(helper ${PREFIX}/libexec/mortise/mortise-compile)
file(RENAME ${helper} ${helper}.away)
foreach(host host_static host_shared)
  run_host(${host})
  expect("the compile helper ${helper} cannot be started" "${error}" "${host} without helper")
endforeach()
file(RENAME ${helper}.away ${helper})

build(-D MORTISE_COMPILER_PATH=${WORK}/elsewhere)
run_host(host_shared)
expect("the compile helper ${WORK}/elsewhere cannot be started" "${error}" "a path of the host's own")

foreach(document LICENSE README.md CHANGELOG.md)
  if(NOT EXISTS ${PREFIX}/share/doc/mortise/${document})
    message(FATAL_ERROR "${document} was not installed")
  endif()
endforeach()
