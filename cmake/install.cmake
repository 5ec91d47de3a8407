# make install: headers, libraries, the command and its programs, the compile helper, and a CMake package. The
# component `runtime` is what programs need where they run; `dev` is what they are built with.
include(CMakePackageConfigHelpers)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME dev)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mortise)
set(include_dir ${CMAKE_INSTALL_INCLUDEDIR}/mortise)
set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/mortise)
get_target_property(soname mortise_engine_shared IMPORTED_SONAME)

install(FILES include/mortise/mortise.h DESTINATION ${include_dir})
foreach(module abi contract runtime telemetry)
  file(GLOB headers CONFIGURE_DEPENDS ${module}/*.h)
  install(FILES ${headers} DESTINATION ${include_dir}/${module})
endforeach()
# The private headers that public templates are made of.
install(FILES runtime/detail/call.h runtime/detail/handles.h runtime/detail/host_call.h
  runtime/detail/pool_handle.h runtime/detail/registry_handle.h runtime/detail/world_info.h
  DESTINATION ${include_dir}/runtime/detail)

set_target_properties(mortise_core PROPERTIES EXPORT_NAME core)
install(TARGETS mortise_core EXPORT mortise-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
# The services that are built here, each with the library that it is made of.
file(GLOB headers CONFIGURE_DEPENDS services/*.h)
install(FILES ${headers} DESTINATION ${include_dir}/services)
foreach(service config log keyvalue sql plugins)
  if(TARGET mortise_services_${service})
    install(FILES services/${service}/${service}.h
      DESTINATION ${include_dir}/services/${service})
    install(TARGETS mortise_services_${service} EXPORT mortise-targets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
if(TARGET mortise_services_sqlite)
  install(TARGETS mortise_services_sqlite EXPORT mortise-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()
# What grants them.
file(GLOB headers CONFIGURE_DEPENDS policy/*.h)
install(FILES ${headers} DESTINATION ${include_dir}/policy)
foreach(target mortise_policy_file mortise_policy)
  if(TARGET ${target})
    install(TARGETS ${target} EXPORT mortise-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
install(DIRECTORY wit/services wit/sql wit/plugins DESTINATION ${CMAKE_INSTALL_DATADIR}/mortise/wit)
install(EXPORT mortise-targets NAMESPACE mortise:: DESTINATION ${package_dir})
install(FILES $<TARGET_FILE:mortise_engine_static> DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(IMPORTED_RUNTIME_ARTIFACTS mortise_compile mortise_engine_shared
  RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/mortise COMPONENT runtime
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime)
install(IMPORTED_RUNTIME_ARTIFACTS mortise_bindgen mortise_toolchain
  RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/mortise COMPONENT dev)
install(TARGETS mortise_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(FILES docs/man/mortise.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
install(FILES cli/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME mortise COMPONENT runtime)
install(FILES cli/completion.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
  RENAME _mortise COMPONENT runtime)
install(FILES cli/completion.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
  RENAME mortise.fish COMPONENT runtime)
# CMake strips only what it built itself.
function(strip_installed component)
  list(TRANSFORM ARGN PREPEND "\${prefix}/")
  list(JOIN ARGN " " files)
  install(CODE "
    if(CMAKE_INSTALL_DO_STRIP)
      set(prefix \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX})
      execute_process(COMMAND ${CMAKE_STRIP} --strip-unneeded ${files} COMMAND_ERROR_IS_FATAL ANY)
    endif()" COMPONENT ${component})
endfunction()
strip_installed(runtime
  ${CMAKE_INSTALL_LIBEXECDIR}/mortise/mortise-compile ${CMAKE_INSTALL_LIBDIR}/${soname})
strip_installed(dev ${CMAKE_INSTALL_LIBEXECDIR}/mortise/mortise-bindgen
  ${CMAKE_INSTALL_LIBEXECDIR}/mortise/mortise-toolchain)
# For linkers that are given -lmortise_engine.
file(CREATE_LINK ${soname} ${CMAKE_CURRENT_BINARY_DIR}/libmortise_engine.so SYMBOLIC)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libmortise_engine.so
  DESTINATION ${CMAKE_INSTALL_LIBDIR})

configure_package_config_file(cmake/mortise-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/mortise-config.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_LIBEXECDIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mortise-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mortise-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/mortise-config-version.cmake runtime/detail/compiler_path.cpp
  DESTINATION ${package_dir})
install(FILES cmake/bindgen.cmake DESTINATION ${package_dir} RENAME mortise-bindgen.cmake)
install(FILES cmake/telemetry.cmake DESTINATION ${package_dir} RENAME mortise-telemetry.cmake)
install(FILES telemetry/prometheus.cpp telemetry/spdlog.cpp DESTINATION ${package_dir})

# What is in engine and programs besides ours, with its licences. Builds for tests do without: to collect them,
# cargo fetches crates that nothing else needs.
install(FILES LICENSE SECURITY.md DESTINATION ${doc_dir} COMPONENT runtime)
install(FILES README.md CHANGELOG.md DESTINATION ${doc_dir})
if(MORTISE_LTO)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(notices ${CMAKE_CURRENT_BINARY_DIR}/THIRD-PARTY-NOTICES)
  add_custom_command(OUTPUT ${notices}
    COMMAND ${CMAKE_COMMAND} -E env CARGO=${MORTISE_CARGO}
      ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/scripts/notices.py ${notices}
    DEPENDS scripts/notices.py engine/Cargo.toml engine/Cargo.lock
      bindgen/Cargo.toml bindgen/Cargo.lock toolchain/Cargo.toml toolchain/Cargo.lock
    COMMENT "Collecting the licences of the crates in what is installed")
  add_custom_target(notices ALL DEPENDS ${notices})
  # One cargo at a time uses the machine better.
  add_dependencies(notices engine bindgen toolchain)
  install(FILES ${notices} DESTINATION ${doc_dir} COMPONENT runtime)
endif()
