// Tells libFuzzer of values: few bytes by chance are a list of texts, and what comes after a list
// would be seen by none of them.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <fuzz/lift_fuzz.h>
#include <fuzz/make.h>

// Of libFuzzer.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// libFuzzer: changes an input. One of 32 becomes a value that was lowered.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  using namespace mortise::fuzz;
  Chance chance(seed);
  if (chance.below(32) != 0) return LLVMFuzzerMutate(data, size, most);
  const auto made = sample(chance.below(kinds_of_samples()), chance.bits());
  if (made.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, made.data(), made.size());
  return made.size();
}
