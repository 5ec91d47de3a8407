// The same contract as a C++ interface: how plugins look where they are trusted and written in
// the host's language.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace bench {

struct Metadata {
  std::string_view name;
  std::string_view version;
  std::uint32_t priority = 0;
};

using ProcessData = std::expected<std::string, std::string>(std::string_view input,
                                                            const Metadata& meta);

}  // namespace bench

// What dlsym() finds.
extern "C" bench::ProcessData* native_process_data();
