// mortise compile: native code ahead of time.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include <mortise/contract/text.h>
#include <mortise/runtime/ahead.h>

#include "commands.h"
#include "input.h"
#include "limits.h"
#include "options.h"

namespace mortise::cli {

namespace {

constexpr std::string_view kWhat =
    "Compiles a component to native code, which `mortise call` and hosts load without compiling "
    "it\n"
    "again. The code is for this version and this kind of processor, and for plugins with the "
    "same\n"
    "kinds of limits. It runs as it is: load only what nobody else can have written.";
constexpr std::string_view kExamples =
    "  mortise compile plugin.wasm                        writes plugin.native\n"
    "  mortise compile plugin.wasm -o out --fuel 10M      for hosts that count fuel\n";

bool write_to(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),  // bytes as bytes
            static_cast<std::streamsize>(bytes.size()));
  return static_cast<bool>(out.flush());
}

// A file is written beside where it goes, and then put in its place at once: nobody sees half of
// it. What is there and is no file, a pipe or a device, is written to.
bool write_file(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status there = fs::status(path, error);
  if (fs::exists(there) && !fs::is_regular_file(there)) return write_to(path, bytes);
  // What a link leads to is written, and not the link.
  const fs::path to = fs::exists(there) ? fs::canonical(path, error) : fs::path(path);
  const std::string draft = to.string() + ".part";
  if (write_to(draft, bytes) && std::rename(draft.c_str(), to.c_str()) == 0) return true;
  const int why = errno;
  std::remove(draft.c_str());
  errno = why;
  return false;
}

std::string default_output(const std::string& path) {
  const std::size_t dot = path.find_last_of('.');
  const std::size_t slash = path.find_last_of('/');
  const bool has_ending =
      dot != std::string::npos && (slash == std::string::npos || dot > slash + 1);
  return (has_ending ? path.substr(0, dot) : path) + ".native";
}

}  // namespace

int compile(int count, char** arguments) {
  CLI::App app;
  describe(app, "compile", kWhat, kExamples);
  std::string path;
  std::string output;
  Limits limits;
  bool experimental_types = false;
  bool no_cache = false;
  app.add_option("X", path,
                 "a component: binary, or text in a file that ends in .wat [mortise.toml's]");
  CLI::Option* output_option =
      app.add_option("-o,--output", output, "the file to write [X with the ending .native]");
  add_limits(app, limits);
  add_experimental(app, experimental_types);
  add_no_cache(app, no_cache);
  if (const auto status = parse(app, count, arguments)) return *status;

  if (const auto status = find_component(app, path)) return *status;
  if (output_option->count() > 0 && output.empty()) return usage(app, "--output names no file");
  if (output.empty()) output = default_output(path);
  std::error_code error;
  if (std::filesystem::equivalent(path, output, error))
    return usage(app,
                 concat(escape(output), " is the component itself: --output names another file"));

  const auto code = compile_ahead(engine(experimental_types, !no_cache), path, {.limits = limits});
  if (!code) return fail(app, code.error());
  if (!write_file(output, *code))
    return fail(app, concat(escape(output),
                            " cannot be written: ", std::generic_category().message(errno)));
  std::cerr << concat(escape(output), ": ", bytes_text(code->size()), " of native code\n");
  return kFine;
}

}  // namespace mortise::cli
