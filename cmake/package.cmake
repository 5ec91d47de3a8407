# make package: Debian packages, one for each component of install.cmake.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian.cmake)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "Mortise Contributors <contributors@mortise.invalid>")
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# With it, installing the package tells the dynamic linker of the library.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
# The interface is that of one version: a program gets the library that it was built with.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY =)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME mortise)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "Plugins in WebAssembly for C++ programs: shared files
Runs WebAssembly components that strangers wrote, under limits on time, memory
and data. This package has what programs need where they run: the engine as a
shared library, and the helper process that compiles components.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libmortise-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "mortise (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "g++ (>= 4:12), cmake (>= 3.25)")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "libsqlite3-dev, libspdlog-dev")
set(CPACK_COMPONENT_DEV_DESCRIPTION "Plugins in WebAssembly for C++ programs: development files
Calls typed functions of WebAssembly components from C++23 as if they were
methods of objects. This package has the headers, the static libraries and a
CMake package.")
include(CPack)
