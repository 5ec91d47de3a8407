// A policy in a folder, and what plugins get of it: for tests of Granter.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <nlohmann/json.hpp>

#include <mortise/contract/text.h>
#include <mortise/policy/granter.h>
#include <mortise/runtime/dynamic.h>

#include "tests/services/files.h"
#include "tests/support.h"

namespace mortise::testing {

using Lines = std::vector<std::string>;

inline constexpr std::string_view kEmptyComponent = "(component)";

// A policy in a folder, and what comes of it.
class GranterTest : public ::testing::Test {
 protected:
  Result<Granter> try_make(std::string_view policy, GranterOptions options = {}) {
    folder_.write("p.toml", policy);
    Result<Policy> read = Policy::read(folder_.file("p.toml"));
    EXPECT_TRUE(read) << read.error().to_string();
    if (!read) return std::unexpected(std::move(read).error());
    return Granter::make(engine(), *std::move(read), std::move(options));
  }
  Granter make(std::string_view policy, GranterOptions options = {}) {
    Result<Granter> granter = try_make(policy, std::move(options));
    EXPECT_TRUE(granter) << granter.error().to_string();
    return *std::move(granter);
  }
  // With an audit log and a log, which are empty, and a file for keys.
  Granter audited(std::string_view policy, std::string_view of_keyvalue = {},
                  GranterOptions options = {}) {
    std::filesystem::remove(folder_.file("denials"));
    std::filesystem::remove(folder_.file("log"));
    return make(concat("[audit]\nfile = \"denials\"\nlines_per_second = 100\n[keyvalue]\n"
                       "file = \"keys.db\"\n",
                       of_keyvalue, "[log]\nfile = \"log\"\n", policy),
                std::move(options));
  }

  // As one of database shop, which has a table.
  void make_database() {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(folder_.file("shop.db").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database,
                           "CREATE TABLE IF NOT EXISTS customer (id INTEGER, name TEXT);"
                           "CREATE TABLE IF NOT EXISTS card (number TEXT);"
                           "INSERT INTO customer VALUES (1, 'Ada'), (2, 'Bo');",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(database);
  }

  [[nodiscard]] std::string text_of(std::string_view file) const {
    std::ifstream in(folder_.file(file), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // "a keyvalue: to open .." of each line of the audit log.
  [[nodiscard]] Lines audit() const {
    Lines out;
    std::ifstream in(folder_.file("denials"));
    for (std::string line; std::getline(in, line);) {
      const auto read = nlohmann::json::parse(line);
      const auto field = [&](const char* name) { return read.at(name).get<std::string>(); };
      EXPECT_EQ(field("time").size(), std::string_view("2026-01-31T12:00:00.123Z").size());
      out.push_back(concat(field("plugin"), " ", field("service"), ": ", field("what")));
    }
    return out;
  }

  Folder folder_;
};

// The object that answers interface H for the plugin, as one for an instance of it.
template <class H>
std::shared_ptr<H> granted(const PluginOptions& options) {
  for (const Service& service : options.services) {
    for (std::size_t i = 0; i < service.interfaces().size(); ++i) {
      if (service.interfaces()[i].name != H::interface) continue;
      const detail::HostObject& object = service.objects()[i];
      if (!object.make) return {object.keeps, static_cast<H*>(object.shared)};
      const auto made = object.make("a");
      return {*made, static_cast<H*>(made->get())};
    }
  }
  ADD_FAILURE() << "nobody gives " << H::interface;
  std::abort();
}

inline PluginOptions options_of(const Granter& granter, std::string_view plugin = "a") {
  Result<PluginOptions> options = granter.options_for(plugin);
  EXPECT_TRUE(options) << options.error().to_string();
  return options ? *std::move(options) : PluginOptions();
}
inline std::string load_error(const PluginOptions& options, std::string_view wat) {
  const auto plugin = DynamicPlugin::from_text(engine(), "a.wasm", wat, {}, options);
  return plugin ? "no error" : std::string(plugin.error().message());
}

}  // namespace mortise::testing
