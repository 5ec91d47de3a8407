// Amounts as people write them: "64MiB", "50ms", "10M". In policies, and on the command line.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <mortise/runtime/limits.h>

namespace mortise {

// A whole number, more than nothing, and a unit. Nothing, where the text is something else.
std::optional<std::chrono::milliseconds> parse_time(std::string_view);  // ms, s, min, h
std::optional<Bytes> parse_bytes(std::string_view);                     // KiB, MiB, GiB, or bytes
std::optional<Fuel> parse_fuel(std::string_view);                       // k, M, G, or instructions

// What they are, for messages: "`1x` is not a time such as 50ms, 2s or 1min".
inline constexpr std::string_view kTimeForm = "a time such as 50ms, 2s or 1min";
inline constexpr std::string_view kBytesForm = "an amount such as 16MiB or 1GiB";
inline constexpr std::string_view kFuelForm = "a number of instructions such as 500000 or 10M";

// "50 ms", "2 s", "1 min": exact, in the largest unit that allows it.
std::string time_text(std::chrono::milliseconds);

}  // namespace mortise
