// Looking at what is to be loaded, before anything expensive looks at it.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/compile.h>
#include <mortise/runtime/detail/error_body.h>
#include <mortise/runtime/detail/file.h>
#include <mortise/runtime/detail/native_code.h>

namespace mortise::detail {

namespace {

using Kind = Error::Kind;

constexpr std::size_t kHead = 8;

bool is_text(std::span<const std::uint8_t> head) {
  for (const std::uint8_t byte : head)
    if (byte == 0 || (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t')) return false;
  return true;
}

Error too_large(std::string_view name, std::uint64_t size, const CompileLimits& limits) {
  return limit_error(Error::Limit::compile_size,
                     concat(name, " has ", bytes_text(size), ", and a component may have ",
                            bytes_text(limits.component.count)),
                     "CompileLimits::component");
}

// Reads up to `want` more bytes. The count that is missing at the end of the file.
Result<std::size_t> read_some(int fd, std::string_view name, ByteVector& out, std::size_t want) {
  const std::size_t start = out.size();
  out.resize(start + want);
  std::size_t have = 0;
  while (have < want) {
    const ssize_t n = ::read(fd, out.data() + start + have, want - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return std::unexpected(
          Error(Kind::io, concat(name, " cannot be read: ", system_text(errno))));
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  out.resize(start + have);
  return want - have;
}

// What bytes are that are no component: "is a core module, ..". Empty: they may be one.
struct Other {
  std::string what{};
  std::string_view advice{};  // for hosts

  [[nodiscard]] Error error(std::string_view name) const {
    return advised_error(Kind::bad_component, concat(name, " ", what), advice);
  }
};
Other not_a_component(std::span<const std::uint8_t> head, std::uint64_t size) {
  constexpr std::uint8_t kMagic[] = {0x00, 'a', 's', 'm'};  // NOLINT: a literal to compare with
  if (size == 0) return {"is empty"};
  if (head.size() < kHead || std::memcmp(head.data(), kMagic, sizeof kMagic) != 0) {
    if (head.size() >= 4 && std::memcmp(head.data(),
                                        "\x7f"
                                        "ELF",
                                        4) == 0)
      return {"is an ELF file, native code: a plugin is a WebAssembly component"};
    if (is_native(head))
      return {.what = "is native code that was compiled ahead of time",
              .advice = ": load it with Compile::ahead if you would run it as a program"};
    if (is_text(head))
      return {.what =
                  "is text, not a component; the text format is read from a file whose name "
                  "ends in .wat",
              .advice = ", or by Plugin::from_text"};
    if (size < kHead && !head.empty() &&
        std::memcmp(head.data(), kMagic, std::min(head.size(), sizeof kMagic)) == 0)
      return {"is cut short: a component begins with 8 bytes of header"};
    return {"is not WebAssembly"};
  }
  // Version and layer (Component Model, Binary.md): a core module has layer 0, a component 1.
  const unsigned version = head[4] | static_cast<unsigned>(head[5]) << 8;
  const unsigned layer = head[6] | static_cast<unsigned>(head[7]) << 8;
  if (layer == 0 && version == 1)
    return {
        "is a core module, not a component: componentize it, for example with "
        "`wasm-tools component new`"};
  if (layer != 1 || version != 0x0d)
    return {concat("has WebAssembly layer ", layer, " and version ", version,
                   ", and a component of this time has 1 and 13")};
  return {};
}

}  // namespace

Result<void> check_bytes(std::span<const std::uint8_t> input, bool binary, std::string_view name,
                         const CompileLimits& limits) {
  if (binary || input.empty()) {
    const Other other = not_a_component(input.first(std::min(input.size(), kHead)), input.size());
    if (!other.what.empty()) return std::unexpected(other.error(name));
  }
  if (input.size() > limits.component.count)
    return std::unexpected(too_large(name, input.size(), limits));
  return {};
}

namespace {

struct Opened {
  File file;
  std::uint64_t size;
};

Result<Opened> open_file(const std::string& path) {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct ::stat info{};
  if (!file || ::fstat(file.fd(), &info) != 0)
    return std::unexpected(
        Error(Kind::io, concat(escape(path), " cannot be opened: ", system_text(errno))));
  if (!S_ISREG(info.st_mode))
    return std::unexpected(Error(Kind::io, concat(escape(path), " is not a regular file")));
  return Opened{.file = std::move(file), .size = static_cast<std::uint64_t>(info.st_size)};
}

// Reads what is left after `out`.
Result<ByteVector> read_rest(const Opened& opened, std::string_view name, ByteVector out) {
  Result<std::size_t> missing = read_some(opened.file.fd(), name, out, opened.size - out.size());
  if (!missing) return std::unexpected(std::move(missing).error());
  if (*missing != 0)
    return std::unexpected(Error(Kind::io, concat(name, " became shorter while it was read")));
  return out;
}

}  // namespace

Result<ByteVector> read_component(const std::string& path, std::string_view name,
                                  const CompileLimits& limits) {
  Result<Opened> opened = open_file(path);
  if (!opened) return std::unexpected(std::move(opened).error());
  const std::uint64_t size = opened->size;
  ByteVector out;
  const bool text = path.ends_with(".wat") && size != 0;
  if (!text) {
    Result<std::size_t> missing =
        read_some(opened->file.fd(), name, out,
                  static_cast<std::size_t>(std::min<std::uint64_t>(size, kHead)));
    if (!missing) return std::unexpected(std::move(missing).error());
    if (const Other other = not_a_component(out, size); !other.what.empty())
      return std::unexpected(other.error(name));
  }
  if (size > limits.component.count) return std::unexpected(too_large(name, size, limits));
  return read_rest(*opened, name, std::move(out));
}

bool is_native_file(const std::string& path) {
  const Result<Opened> opened = open_file(path);
  ByteVector head;
  return opened && read_some(opened->file.fd(), path, head, kHead) && is_native(head);
}

Result<ByteVector> read_native_file(const std::string& path, std::string_view name,
                                    const CompileLimits& limits) {
  Result<Opened> opened = open_file(path);
  if (!opened) return std::unexpected(std::move(opened).error());
  // The component is in it, and the contract, which is smaller.
  constexpr std::uint64_t kAny = std::uint64_t{1} << 60;
  const std::uint64_t code = limits.code.count;
  const std::uint64_t most = std::min(code, kAny) + 2 * std::min(limits.component.count, kAny);
  if (opened->size > most)
    return std::unexpected(limit_error(Error::Limit::compile_code,
                                       concat(name, " has ", bytes_text(opened->size),
                                              ", and native code may have ", bytes_text(code)),
                                       "CompileLimits::code"));
  return read_rest(*opened, name, {});
}

}  // namespace mortise::detail
