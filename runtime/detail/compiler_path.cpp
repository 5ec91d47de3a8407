// Where the compile helper is, as an absolute path: MORTISE_COMPILER_PATH.
//
// No part of the library's archive: an installed package can be moved, or unpacked anywhere, so
// its path is compiled into each program when that is built (cmake/mortise-config.cmake.in).
// Nothing is looked for at run time, where others may have put something in the way.
namespace mortise::detail {

const char* compiler_path();
const char* compiler_path() { return MORTISE_COMPILER_PATH; }

}  // namespace mortise::detail
