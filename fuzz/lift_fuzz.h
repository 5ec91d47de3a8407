// What the mutator and the replay know of the target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mortise::fuzz {

// Lifts what an input says: whether it was accepted. Ends the process where a promise of abi/ is
// broken.
bool lift_one(std::span<const std::uint8_t> input);

// Whether types.wit has a function with each kind of type.
bool has_every_kind();

// Inputs of values that must be accepted: as many kinds as there are functions in types.wit, ways
// to lift and encodings. Another seed gives other values.
std::size_t kinds_of_samples();
std::vector<std::uint8_t> sample(std::size_t kind, std::uint64_t seed);

}  // namespace mortise::fuzz
