// The structures of engine.h are written down twice, in C and in Rust. Here they are held against
// each other.
#include <array>
#include <cstddef>

#include <gtest/gtest.h>

#include <mortise/engine.h>

namespace {

constexpr std::size_t kCount = 14;

std::array<std::size_t, kCount> rust_sizes() {
  std::array<std::size_t, kCount> sizes{};
  mortise_layout(sizes.data(), sizes.size());
  return sizes;
}

TEST(EngineLayout, HasAsManyStructuresInRust) { EXPECT_EQ(mortise_layout(nullptr, 0), kCount); }

TEST(EngineLayout, HasTheSameSizesInRust) {
  const auto sizes = rust_sizes();
  EXPECT_EQ(sizes[0], sizeof(mortise_bytes_t));
  EXPECT_EQ(sizes[1], sizeof(mortise_frame_t));
  EXPECT_EQ(sizes[2], sizeof(mortise_settings_t));
  EXPECT_EQ(sizes[3], sizeof(mortise_name_t));
  EXPECT_EQ(sizes[4], sizeof(mortise_slot_t));
  EXPECT_EQ(sizes[5], sizeof(mortise_memory_t));
  EXPECT_EQ(sizes[6], sizeof(mortise_callee_t));
  EXPECT_EQ(sizes[7], sizeof(mortise_host_call_t));
  EXPECT_EQ(sizes[8], sizeof(mortise_host_t));
  EXPECT_EQ(sizes[9], sizeof(mortise_resource_t));
  EXPECT_EQ(sizes[10], sizeof(mortise_handle_t));
  EXPECT_EQ(sizes[11], sizeof(mortise_line_t));
  EXPECT_EQ(sizes[12], sizeof(mortise_wasi_t));
  EXPECT_EQ(sizes[13], sizeof(mortise_budget_t));
}

TEST(EngineLayout, WritesNoMoreSizesThanThereIsRoomFor) {
  std::array<std::size_t, 2> sizes{0, 42};
  EXPECT_EQ(mortise_layout(sizes.data(), 1), kCount);
  EXPECT_EQ(sizes[0], sizeof(mortise_bytes_t));
  EXPECT_EQ(sizes[1], 42u);
}

}  // namespace
