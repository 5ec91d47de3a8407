// The plugin that a test of the matrix is about: tests/matrix/run.py built it, and names it.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support.h"

namespace mortise::testing {

// An environment variable that run.py sets.
inline std::string given(const char* name) {
  const char* value = std::getenv(name);
  EXPECT_NE(value, nullptr) << name << " is not set: this test is run by tests/matrix/run.py";
  return value != nullptr ? value : "";
}

// "rust"
inline const std::string& language() {
  static const std::string name = given("MORTISE_MATRIX_LANGUAGE");
  return name;
}

// C, C++ and Zig have upper case for ASCII alone.
inline bool knows_unicode() {
  return language() != "c" && language() != "cpp" && language() != "zig";
}

// Safe for machines that do several things at once.
inline Limits roomy() { return {.deadline = std::chrono::seconds(20), .memory = MiB(256)}; }

// Loaded once: components of some languages take seconds.
template <class W>
const Plugin<W>& plugin(const typename W::Imports& imports) {
  static const Result<Plugin<W>> loaded =
      Plugin<W>::load(engine(), given("MORTISE_MATRIX_COMPONENT"), imports, {.limits = roomy()});
  if (!loaded) {
    ADD_FAILURE() << loaded.error().to_string();
    std::exit(1);
  }
  return *loaded;
}

template <class W>
const Plugin<W>& plugin() {
  return plugin<W>(typename W::Imports{});
}

template <class W>
Instance<W> started(const Plugin<W>& loaded) {
  auto made = loaded.instantiate();
  EXPECT_TRUE(made) << made.error().to_string();
  if (!made) std::exit(1);
  return *std::move(made);
}

}  // namespace mortise::testing
