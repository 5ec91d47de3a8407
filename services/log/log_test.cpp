// wasi:logging, from plugins into loggers of spdlog.
#include <mortise/services/log/log.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <mortise/contract/text.h>

#include "tests/support.h"

namespace mortise::services {
namespace {

using testing::engine;

// Keeps lines.
class Lines final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::vector<std::string> lines;

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto level = spdlog::level::to_string_view(message.level);
    lines.push_back(std::string(level.data(), level.size()) + ": " +
                    std::string(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}
};

// Its `run` logs its second parameter at the level that the first one numbers, in the context
// "ctx"; `wild` logs a text that is not in its memory, and `broken` one that is not UTF-8.
std::string logger(std::string_view interface, std::string_view encoding = "utf8") {
  return concat(R"((component
  (import ")",
                interface, R"(" (instance $log
    (type $l (enum "trace" "debug" "info" "warn" "error" "critical"))
    (export "level" (type $level (eq $l)))
    (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
  (core module $mem
    (memory (export "mem") 2)
    (data (i32.const 16) "ctx")
    (data (i32.const 32) "a\ffb")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
  (core instance $m (instantiate $mem))
  (core func $write (canon lower (func $log "log") (memory $m "mem") string-encoding=)",
                encoding, R"())
  (core module $code
    (import "h" "log" (func $log (param i32 i32 i32 i32 i32)))
    (func (export "run") (param $level i32) (param $at i32) (param $size i32)
      (call $log (local.get $level) (i32.const 16) (i32.const 3) (local.get $at) (local.get $size)))
    (func (export "wild")
      (call $log (i32.const 0) (i32.const 16) (i32.const 3) (i32.const 131000) (i32.const 1000)))
    (func (export "broken")
      (call $log (i32.const 4) (i32.const 16) (i32.const 3) (i32.const 32) (i32.const 3))))
  (core instance $i (instantiate $code (with "h" (instance (export "log" (func $write))))))
  (func (export "run") (param "level" u32) (param "message" string)
    (canon lift (core func $i "run") (memory $m "mem") (realloc (func $m "realloc"))))
  (func (export "wild") (canon lift (core func $i "wild")))
  (func (export "broken") (canon lift (core func $i "broken"))))
)");
}

constexpr std::string_view kDraft = "wasi:logging/logging@0.1.0-draft";

using RunIt = abi::Function<"run", void, abi::Param<"level", std::uint32_t>,
                            abi::Param<"message", std::string_view>>;
using Wild = abi::Function<"wild", void>;
using Broken = abi::Function<"broken", void>;

class LogTest : public ::testing::Test {
 protected:
  template <class F = RunIt>
  Instance<testing::World<F>> plugin(const LogGrant& grant, std::string_view interface = kDraft) {
    auto plugin =
        Plugin<testing::World<F>>::from_text(engine(), "guest", logger(interface), {},
                                             {.services = {log_.for_plugin("pricing", grant)}});
    EXPECT_TRUE(plugin) << plugin.error().to_string();
    return testing::instance_of(*plugin);
  }

  std::vector<std::string>& lines() { return sink_->lines; }

  std::shared_ptr<Lines> sink_ = std::make_shared<Lines>();
  std::shared_ptr<spdlog::logger> logger_ = std::make_shared<spdlog::logger>("test", sink_);
  std::vector<std::string> denials_;
  Log log_{{.logger = logger_, .on_denied = [this](const Denial& denial) {
              denials_.push_back(concat(denial.plugin, " ", denial.service, ": ", denial.what));
            }}};
};

TEST_F(LogTest, WritesALineForAMessage) {
  auto instance = plugin({});
  ASSERT_TRUE(instance.call().run(2U, std::string_view("total is 3")));
  ASSERT_TRUE(instance.call().run(5U, std::string_view("")));
  EXPECT_EQ(lines(), (std::vector<std::string>{
                         R"(info: plugin="pricing" context="ctx" message="total is 3")",
                         R"(critical: plugin="pricing" context="ctx" message="")"}));
}

TEST_F(LogTest, AnswersTheInterfaceWithoutAVersionToo) {
  auto instance = plugin({}, "wasi:logging/logging");
  ASSERT_TRUE(instance.call().run(2U, std::string_view("hello")));
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(LogTest, NamesTheVersionsThatThereAre) {
  const auto plugin = Plugin<testing::World<RunIt>>::from_text(
      engine(), "guest", logger("wasi:logging/logging@0.2.0"), {},
      {.services = {log_.for_plugin("pricing", {})}});
  ASSERT_FALSE(plugin);
  EXPECT_EQ(plugin.error().message(),
            "guest imports what this host does not provide\n"
            "  import wasi:logging/logging@0.2.0: log (this host has it in versions none, "
            "0.1.0-draft)\n"
            "  Build the plugin against the world of this host, test:guests/world: names, versions "
            "and types of imports have to be the same.");
}

TEST_F(LogTest, LeavesOutWhatIsBelowTheLevel) {
  auto instance = plugin({.level = LogLevel::warn});
  for (std::uint32_t level = 0; level < 6; ++level)
    ASSERT_TRUE(instance.call().run(level, std::string_view("x")));
  EXPECT_EQ(lines().size(), 3U);
  EXPECT_EQ(log_.dropped(), 0U);
}

TEST_F(LogTest, LeavesOutWhatTheLoggerDoesNotWant) {
  logger_->set_level(spdlog::level::err);
  auto instance = plugin({.level = LogLevel::trace});
  for (std::uint32_t level = 0; level < 6; ++level)
    ASSERT_TRUE(instance.call().run(level, std::string_view("x")));
  EXPECT_EQ(lines().size(), 2U);
}

TEST_F(LogTest, MakesOneLineOfWhateverIsSaid) {
  auto instance = plugin({});
  ASSERT_TRUE(instance.call().run(2U, std::string_view("one\n2026-01-01 error: plugin=\"other\"\r"
                                                       "\x1B[31m\\n\xE2\x80\xAE"
                                                       "end")));
  EXPECT_EQ(lines().at(0),
            R"(info: plugin="pricing" context="ctx" message="one\u{a}2026-01-01 error: )"
            R"(plugin=\"other\"\u{d}\u{1b}[31m\\n\u{202e}end")");
}

TEST_F(LogTest, CutsLongMessages) {
  auto instance = plugin({.message = {4}, .context = {2}});
  ASSERT_TRUE(instance.call().run(2U, std::string_view("123456")));
  EXPECT_EQ(lines().at(0),
            R"(info: plugin="pricing" context="ct" context-cut=1 message="1234" message-cut=2)");
}

TEST_F(LogTest, DropsWhatIsMoreThanTheRateAndSaysHowMuch) {
  // So few that the test is over before there is room for another.
  auto instance = plugin({.messages_per_second = 0});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(instance.call().run(2U, std::string_view("x")));
  EXPECT_EQ(lines(), std::vector<std::string>());
  EXPECT_EQ(log_.dropped(), 3U);
  EXPECT_EQ(denials_, std::vector<std::string>{
                          "pricing log: to log more than 0 messages or 64 KiB a second"});
}

TEST_F(LogTest, DropsWhatIsMoreBytesThanTheRate) {
  auto instance = plugin({.bytes_per_second = {10}});
  ASSERT_TRUE(instance.call().run(2U, std::string_view("too long for it")));
  EXPECT_EQ(lines(), std::vector<std::string>());
  // What comes next says so.
  ASSERT_TRUE(instance.call().run(3U, std::string_view("1234")));
  EXPECT_EQ(lines(), (std::vector<std::string>{
                         "warning: plugin=\"pricing\" dropped=1 message=\"more than 100 messages "
                         "or 10 bytes a second were dropped\"",
                         R"(warning: plugin="pricing" context="ctx" message="1234")"}));
}

TEST_F(LogTest, RefusesATextThatIsNotThere) {
  auto instance = plugin<Wild>({.level = LogLevel::critical});
  const auto done = instance.call().run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), Error::Kind::guest_trap);
}

TEST_F(LogTest, ShowsBytesThatAreNoText) {
  auto instance = plugin<Broken>({});
  ASSERT_TRUE(instance.call().run());
  EXPECT_EQ(lines().at(0), R"(error: plugin="pricing" context="ctx" message="a\xffb")");
}

}  // namespace
}  // namespace mortise::services
