// Small components that ask a compiler for everything: each ends as an error that says which limit
// it was, and leaves nothing behind.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Kind = Error::Kind;
using Limit = Error::Limit;
using Clock = std::chrono::steady_clock;

using Answer = abi::Function<"run", std::uint32_t>;

constexpr std::string_view kAnswer = R"((component
  (core module $m (func (export "run") (result i32) (i32.const 42)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run")))))";

// ---- Binary components, put together -----------------------------------------------------------

constexpr std::string_view kComponent("\0asm\x0d\0\1\0", 8);
constexpr std::string_view kModule("\0asm\1\0\0\0", 8);

std::string leb(std::uint64_t n) {
  std::string out;
  do {
    const auto low = static_cast<std::uint8_t>(n & 0x7F);
    n >>= 7;
    out += static_cast<char>(n != 0 ? low | 0x80 : low);
  } while (n != 0);
  return out;
}

// A signed number, which a reference to a type is.
std::string type_leb(std::uint64_t n) {
  std::string out = leb(n);
  if ((out.back() & 0x40) == 0) return out;
  out.back() = static_cast<char>(out.back() | 0x80);
  return out + '\0';
}

std::string section(char id, std::string_view content) {
  return concat(id, leb(content.size()), content);
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// A component type within a component type, `depth` times.
std::string nested_types(std::size_t depth) {
  return concat(kComponent, section(7, concat(leb(1), repeat("\x41\x01\x01", depth),
                                              std::string_view("\x41\x00", 2))));
}

// A component within a component, `depth` times.
std::string nested_components(std::size_t depth) {
  std::string out(kComponent);
  for (std::size_t i = 0; i < depth; ++i) out = concat(kComponent, section(4, out));
  return out;
}

// list<list<..>>, `depth` times, as the parameter of a function of an imported interface.
std::string nested_lists(std::size_t depth) {
  std::string types = std::string("\x70\x7d");  // list<u8>
  for (std::size_t i = 0; i + 1 < depth; ++i) types += concat('\x70', type_leb(i));
  types += concat("\x40\x01\x01x", type_leb(depth - 1), std::string_view("\x01\x00", 2));
  return concat(kComponent, section(7, concat(leb(depth + 1), types)),
                section(10, concat(leb(1),
                                   std::string_view("\x00\x01"
                                                    "f\x01",
                                                    4),
                                   leb(depth))));
}

// A core module of `count` functions with this body, in a component.
std::string functions(std::size_t count, std::string_view body) {
  const std::string code = concat(leb(body.size()), body);
  return concat(kComponent,
                section(1, concat(kModule, section(1, std::string_view("\x01\x60\x00\x00", 4)),
                                  section(3, concat(leb(count), std::string(count, '\0'))),
                                  section(10, concat(leb(count), repeat(code, count))))));
}

// Loops within loops around 20,000 locals that are all alive everywhere.
std::string large_function(std::size_t loops) {
  constexpr std::size_t kLocals = 20'000;
  std::string body = concat(leb(1), leb(kLocals), '\x7e');  // i64
  for (std::size_t i = 0; i < kLocals; ++i)
    body += concat('\x42', leb(i & 0x3F), '\x21', leb(i));  // i64.const, local.set
  for (std::size_t i = 0; i < loops; ++i) {
    body += "\x03\x40";  // loop
    for (std::size_t l = i % 7; l < kLocals; l += 7)
      body += concat('\x20', leb(l), '\x20', leb((l + 1) % kLocals), "\x7c\x21", leb(l));  // add
  }
  for (std::size_t i = 0; i < loops; ++i)
    body += std::string_view("\x20\0\xa7\x0d\0\x0b", 6);  // br_if 0, end
  body += '\x0b';
  return functions(1, body);
}

// Each component holds two of the one before it.
std::string doubling(int times) {
  std::string text =
      "(component (component $c0 (core module $m (func unreachable)) "
      "(core instance (instantiate $m)))";
  for (int i = 1; i <= times; ++i)
    text += concat("(component $c", i, " (instance (instantiate $c", i - 1,
                   ")) (instance (instantiate $c", i - 1, ")))");
  return text + concat("(instance (instantiate $c", times, ")))");
}

// ---- What holds around every test --------------------------------------------------------------

std::size_t open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// What this process takes at most while one of these lives, beyond what it took before.
class Growth {
 public:
  Growth() {
    std::ofstream("/proc/self/clear_refs") << "5";  // forgets the peak
    before_ = peak_kib();
  }
  // A nested one has forgotten the peak of this, which may then be lower than it began.
  [[nodiscard]] std::size_t mib() const {
    const std::size_t now = peak_kib();
    return now > before_ ? (now - before_) >> 10 : 0;
  }

 private:
  static std::size_t peak_kib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word && word != "VmHWM:") {
    }
    std::size_t kib = 0;
    status >> kib;
    return kib;
  }

  std::size_t before_;
};

// Sanitizers keep what was freed.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kMostMib = 2000;
#else
constexpr std::size_t kMostMib = 200;
#endif

class CompileLimit : public ::testing::Test {
 protected:
  CompileLimit() : files_((load<Answer>(kAnswer), open_files())) {}

  void TearDown() override {
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child process is left";
    EXPECT_EQ(errno, ECHILD);
    EXPECT_EQ(open_files(), files_);
    const auto plugin = load<Answer>(kAnswer);
    EXPECT_EQ(instance_of(plugin).call().run().value(), 42U);
    EXPECT_LT(growth_.mib(), kMostMib) << "MiB of this process";
  }

  static Failure failure_of(std::string_view bytes, const CompileLimits& limits = {}) {
    const auto plugin = Plugin<World<Answer>>::from_bytes(
        engine(), "guest", {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, {},
        {.compile_limits = limits});
    return failure(plugin);
  }

 private:
  std::size_t files_;
  Growth growth_;
};

// ---- Recursion ---------------------------------------------------------------------------------

// What a component says that compiles, and exports nothing.
Failure exports_nothing() {
  return fails(Kind::contract_mismatch,
               "guest does not fit world test:guests/world\n"
               "  export run\n"
               "    the plugin does not export it. It exports nothing\n"
               "  The plugin was built against another version of the contract. Rebuild it with "
               "this one, or load it with the host it was built for.");
}

TEST_F(CompileLimit, LeavesRoomForTypesThatAreNestedDeeply) {
  EXPECT_EQ(failure_of(nested_types(5000)), exports_nothing());
}

TEST_F(CompileLimit, EndsTypesThatAreNestedVeryDeeply) {
  EXPECT_EQ(failure_of(nested_types(200'000)),
            crossed(Limit::compile_depth, "guest is nested too deeply to be compiled"));
}

TEST_F(CompileLimit, EndsComponentsThatAreNestedDeeply) {
  EXPECT_EQ(failure_of(nested_components(5000), {.memory = MiB(64)}),
            crossed(Limit::compile_memory,
                    "guest needs more than the 64 MiB of memory that compiling it may "
                    "(CompileLimits::memory)"));
}

TEST_F(CompileLimit, RefusesListsThatAreNestedDeeply) {
  EXPECT_EQ(failure_of(nested_lists(200'000)),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: type nesting "
                  "is too deep (at offset 0xf7)"));
}

TEST_F(CompileLimit, RefusesTypesThatDouble) {
  std::string text = "(component (type $t0 (tuple u8 u8))";
  for (int i = 1; i < 60; ++i)
    text += concat("(type $t", i, " (tuple $t", i - 1, " $t", i - 1, "))");
  EXPECT_EQ(failure(load_error<Answer>(text + ")")),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: effective type size exceeds the "
                  "limit of 1000000 (at offset 0x54)"));
}

TEST_F(CompileLimit, RefusesTextThatIsNestedDeeply) {
  const std::string text = repeat("(component ", 5000) + std::string(5000, ')');
  EXPECT_EQ(failure(load_error<Answer>(text)),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: item nesting "
                  "too deep at guest:1:1102"));
}

// ---- Memory ------------------------------------------------------------------------------------

TEST_F(CompileLimit, EndsInstancesThatDouble) {
  EXPECT_EQ(failure(load_error<Answer>(doubling(40), {.compile_limits = {.memory = MiB(256)}})),
            crossed(Limit::compile_memory,
                    "guest needs more than the 256 MiB of memory that compiling it may "
                    "(CompileLimits::memory)"));
}

TEST_F(CompileLimit, EndsAFunctionThatIsTooLargeForItsMemory) {
  EXPECT_EQ(failure_of(large_function(20), {.memory = MiB(256)}),
            crossed(Limit::compile_memory,
                    "guest needs more than the 256 MiB of memory that compiling it may "
                    "(CompileLimits::memory)"));
}

TEST_F(CompileLimit, EndsBlocksThatAreNestedDeeply) {
  const std::string body =
      concat('\0', repeat("\x02\x40", 1'000'000), std::string(1'000'001, '\x0b'));
  EXPECT_EQ(failure_of(functions(1, body), {.memory = MiB(256)}),
            crossed(Limit::compile_memory,
                    "guest needs more than the 256 MiB of memory that compiling it may "
                    "(CompileLimits::memory)"));
}

// ---- Time --------------------------------------------------------------------------------------

TEST_F(CompileLimit, EndsACompilerThatNeedsTooMuchProcessorTime) {
  EXPECT_EQ(failure_of(functions(1'000'000, std::string_view("\0\x0b", 2)), {.cpu = 1s}),
            crossed(Limit::compile_time,
                    "guest needs more than the 1 s of processor time that compiling it may "
                    "(CompileLimits::cpu)"));
}

TEST_F(CompileLimit, EndsACompilerThatTakesTooLong) {
  const auto start = Clock::now();
  EXPECT_EQ(
      failure_of(functions(1'000'000, std::string_view("\0\x0b", 2)), {.wall = 300ms}),
      crossed(Limit::compile_time, "guest was not compiled within 300 ms (CompileLimits::wall)"));
  EXPECT_GE(Clock::now() - start, 300ms);
}

// A host that has its children reaped by the system never hears how they ended.
TEST_F(CompileLimit, LoadsPluginsForAHostThatIgnoresItsChildren) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const auto plugin = Plugin<World<Answer>>::from_text(engine(), "guest", kAnswer, {});
  std::signal(SIGCHLD, before);
  EXPECT_TRUE(plugin) << plugin.error().to_string();
}

TEST_F(CompileLimit, IsNamedToAHostThatIgnoresItsChildren) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const Failure failed =
      failure(load_error<Answer>(kAnswer, {.compile_limits = {.memory = KiB(100)}}));
  std::signal(SIGCHLD, before);
  EXPECT_EQ(failed, crossed(Limit::compile_memory,
                            "guest needs more than the 100 KiB of memory that compiling it may "
                            "(CompileLimits::memory)"));
}

TEST_F(CompileLimit, OfNoTimeIsRefused) {
  EXPECT_EQ(failure(load_error<Answer>(kAnswer, {.compile_limits = {.wall = 0ms}})),
            fails(Kind::misuse,
                  "guest was not loaded: CompileLimits::wall must be more than "
                  "nothing"));
  EXPECT_EQ(failure(load_error<Answer>(kAnswer, {.compile_limits = {.cpu = 0s}})),
            fails(Kind::misuse,
                  "guest was not loaded: CompileLimits::cpu must be more than "
                  "nothing"));
}

// ---- Size --------------------------------------------------------------------------------------

// A file of that size that begins as a component and takes no room.
class SparseFile {
 public:
  explicit SparseFile(Bytes size, std::string_view name)
      : folder_((std::filesystem::temp_directory_path() / "mortise-XXXXXX").string()) {
    if (::mkdtemp(folder_.data()) == nullptr) std::abort();
    path_ = concat(folder_, "/", name);
    const int fd = ::open(path_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    EXPECT_EQ(::write(fd, kComponent.data(), kComponent.size()), 8);
    EXPECT_EQ(::ftruncate(fd, static_cast<off_t>(size.count)), 0);
    ::close(fd);
  }
  SparseFile(const SparseFile&) = delete;
  SparseFile& operator=(const SparseFile&) = delete;
  ~SparseFile() { std::filesystem::remove_all(folder_); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string folder_;
  std::string path_;
};

TEST_F(CompileLimit, RefusesAFileThatIsTooLargeWithoutReadingIt) {
  const SparseFile file(GiB(2), "huge.wasm");
  EXPECT_EQ(failure(Plugin<World<Answer>>::load(engine(), file.path(), {})),
            crossed(Limit::compile_size,
                    "huge.wasm has 2 GiB, and a component may have 64 MiB "
                    "(CompileLimits::component)"));
}

TEST_F(CompileLimit, RefusesATextThatIsTooLargeWithoutReadingIt) {
  const SparseFile file(GiB(2), "huge.wat");
  EXPECT_EQ(failure(Plugin<World<Answer>>::load(engine(), file.path(), {})),
            crossed(Limit::compile_size,
                    "huge.wat has 2 GiB, and a component may have 64 MiB "
                    "(CompileLimits::component)"));
}

TEST_F(CompileLimit, RefusesBytesThatAreTooMany) {
  EXPECT_EQ(failure_of(functions(1000, std::string_view("\0\x0b", 2)), {.component = KiB(1)}),
            crossed(Limit::compile_size,
                    "guest has 4035 bytes, and a component may have 1 KiB "
                    "(CompileLimits::component)"));
}

TEST_F(CompileLimit, RefusesNativeCodeThatIsTooLarge) {
  const Failure failed = failure(load_error<Answer>(kAnswer, {.compile_limits = {.code = KiB(4)}}));
  EXPECT_EQ(failed.limit, Limit::compile_code);
  EXPECT_TRUE(failed.message.starts_with("guest compiles to ")) << failed.message;
  EXPECT_TRUE(
      failed.message.ends_with(" of native code, and 4 KiB are allowed (CompileLimits::code)"))
      << failed.message;
}

TEST_F(CompileLimit, RefusesNativeCodeThatIsFarTooLargeBeforeItIsThere) {
  const std::string bytes = functions(20'000, std::string_view("\0\x0b", 2));
  EXPECT_EQ(failure_of(bytes, {.component = KiB(100), .code = KiB(4)}),
            crossed(Limit::compile_code,
                    "guest compiles to more than the 4 KiB of native code that are allowed "
                    "(CompileLimits::code)"));
}

// ---- What a compiled component costs -----------------------------------------------------------

// run() of the first of `instances` core instances, which are all of the module that these sections
// make, with the body of its one function.
std::string instances_of(std::size_t instances, std::string_view globals, std::string_view body,
                         std::string_view custom = {}) {
  const std::string core = concat(kModule, section(1, std::string_view("\x01\x60\x00\x01\x7f", 5)),
                                  section(3, std::string_view("\x01\x00", 2)), globals,
                                  section(7, std::string_view("\x01\x03run\x00\x00", 7)),
                                  section(10, concat(leb(1), leb(body.size()), body)), custom);
  return concat(kComponent, section(1, core),
                section(2, concat(leb(instances), std::string(3 * instances, '\0'))),
                section(6, std::string_view("\x01\x00\x00\x01\x00\x03run", 9)),
                section(7, std::string_view("\x01\x40\x00\x00\x79", 5)),
                section(8, std::string_view("\x01\x00\x00\x00\x00\x00", 6)),
                section(11, std::string_view("\x01\x00\x03run\x01\x00\x00", 9)));
}

constexpr std::string_view kReturns42("\x00\x41\x2a\x0b", 4);
constexpr std::string_view kTraps("\x00\x00\x0b", 3);

std::string globals(std::size_t count) {
  return section(6, concat(leb(count), repeat(std::string_view("\x7e\x00\x42\x01\x0b", 5), count)));
}

template <class T>
std::string bytes_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};  // bytes as bytes
}

std::string custom(std::string_view name, std::string_view content) {
  return section(0, concat(leb(name.size()), name, content));
}

// Debug information (DWARF 4) of one function whose line changes `rows` times: a byte each.
std::string debug_lines(std::size_t rows) {
  constexpr std::string_view kAbbreviations("\x01\x11\x00\x10\x17\x11\x01\x12\x06\x00\x00\x00", 12);
  const std::string unit = concat(bytes_of<std::uint16_t>(4), bytes_of(0U), "\x04\x01",
                                  bytes_of(0U), bytes_of(0U), bytes_of(0x1000'0000U));
  const std::string header = concat(
      std::string_view("\x01\x01\x01\xfb\x0e\x0d\x00\x01\x01\x01\x01\x00\x00\x00\x01\x00", 16),
      std::string_view("\x00\x01\x00"
                       "a.c\x00\x00\x00\x00\x00",
                       11));
  const std::string program =
      concat(std::string_view("\x00\x05\x02\x00\x00\x00\x00", 7), std::string(rows, '\x20'),
             std::string_view("\x00\x01\x01", 3));
  const std::string lines =
      concat(bytes_of<std::uint16_t>(4), bytes_of(static_cast<std::uint32_t>(header.size())),
             header, program);
  return concat(custom(".debug_abbrev", kAbbreviations),
                custom(".debug_info", bytes_of(static_cast<std::uint32_t>(unit.size())) + unit),
                custom(".debug_line", bytes_of(static_cast<std::uint32_t>(lines.size())) + lines));
}

Result<Plugin<World<Answer>>> from_bytes(std::string_view bytes) {
  return Plugin<World<Answer>>::from_bytes(
      engine(), "guest", {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, {});
}

// Globals are the host's memory, as linear memories and tables are. 150 times 100,000 of them take
// 240 MB.
TEST_F(CompileLimit, OfMemoryHoldsForGlobals) {
  const auto plugin = from_bytes(instances_of(150, globals(100'000), kReturns42));
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  const Growth growth;
  const Failure failed = failure(plugin->instantiate());
  EXPECT_LT(growth.mib(), 100U) << "MiB for an instance that may have 64";
  EXPECT_EQ(failed.limit, Limit::memory);
  EXPECT_TRUE(failed.message.starts_with("guest: instantiation ran out of memory: it asked for "))
      << failed.message;
  EXPECT_TRUE(failed.message.ends_with(" in all, and 64 MiB are allowed (Limits::memory)"))
      << failed.message;
}

TEST_F(CompileLimit, OfMemoryLeavesRoomForSomeGlobals) {
  const auto plugin = from_bytes(instances_of(10, globals(100'000), kReturns42));
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_EQ(good(instance_of(*plugin).call().run()), 42U);
}

// It is unfolded where a trap happens: 5 MB of it to 120 MB.
TEST_F(CompileLimit, OfMemoryHoldsForDebugInformation) {
  const auto plugin = from_bytes(instances_of(1, {}, kTraps, debug_lines(5'000'000)));
  if (!plugin) return;  // refused is fine too
  auto instance = instance_of(*plugin);
  const Growth growth;
  EXPECT_EQ(failure(instance.call().run()),
            fails(Kind::guest_trap, "guest: run trapped: wasm `unreachable` instruction executed"));
  EXPECT_LT(growth.mib(), 64U) << "MiB for one message";
}

}  // namespace
}  // namespace mortise::testing
