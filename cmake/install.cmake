# make install: headers, libraries, the compile helper, and a CMake package.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mortise)
set(include_dir ${CMAKE_INSTALL_INCLUDEDIR}/mortise)

install(FILES include/mortise/mortise.h DESTINATION ${include_dir})
foreach(module abi contract runtime)
  file(GLOB headers ${module}/*.h)
  install(FILES ${headers} DESTINATION ${include_dir}/${module})
endforeach()
# The private headers that public templates are made of.
install(FILES runtime/detail/call.h runtime/detail/handles.h
  DESTINATION ${include_dir}/runtime/detail)

set_target_properties(mortise_core PROPERTIES EXPORT_NAME core)
install(TARGETS mortise_core EXPORT mortise-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT mortise-targets NAMESPACE mortise:: DESTINATION ${package_dir})
install(FILES ${MORTISE_ENGINE_OUT}/libmortise_engine.a ${MORTISE_ENGINE_OUT}/libmortise_engine.so
  DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(PROGRAMS ${MORTISE_ENGINE_OUT}/mortise-compile
  DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/mortise)

configure_package_config_file(cmake/mortise-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/mortise-config.cmake
  INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mortise-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mortise-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/mortise-config-version.cmake DESTINATION ${package_dir})
