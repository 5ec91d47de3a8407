// The target without libFuzzer: `lift_replay samples`, values that must be accepted, and the same
// with errors; `lift_replay FILE-OR-FOLDER..`, inputs that were found before. Those in a folder
// called accepted, or refused, must be.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fuzz/lift_fuzz.h>
#include <fuzz/make.h>

namespace {

using mortise::fuzz::lift_one;

int replay_samples() {
  constexpr std::uint64_t kSeeds = 20;
  const std::size_t kinds = mortise::fuzz::kinds_of_samples();
  std::size_t refused = 0;
  std::size_t spoiled = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      std::vector<std::uint8_t> input = mortise::fuzz::sample(kind, seed);
      if (!lift_one(input)) ++refused;
      // Neither the function nor the way.
      mortise::fuzz::Chance chance(kind ^ seed << 32U);
      if (input.size() > 4) {
        input[4 + chance.below(input.size() - 4)] ^= static_cast<std::uint8_t>(chance.bits());
        if (!lift_one(input)) ++spoiled;
      }
    }
  }
  std::printf("%zu samples, %zu refused; with an error %zu refused\n", kSeeds * kinds, refused,
              spoiled);
  if (!mortise::fuzz::has_every_kind()) {
    std::fputs("lift_replay: a kind of type is in no function of types.wit\n", stderr);
    return 1;
  }
  return refused == 0 && spoiled > kinds ? 0 : 1;
}

int replay_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    std::fprintf(stderr, "lift_replay: %s cannot be read\n", path.c_str());
    return 1;
  }
  // Copied to an end of its own, for sanitizers.
  std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  const std::string end = lift_one(input) ? "accepted" : "refused";
  std::printf("%s: %s\n", path.c_str(), end.c_str());
  std::fflush(stdout);
  const std::string expected = path.parent_path().filename();
  if ((expected == "accepted" || expected == "refused") && expected != end) {
    std::fprintf(stderr, "lift_replay: %s is not %s\n", path.c_str(), expected.c_str());
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "samples") return replay_samples();
  int status = 0;
  std::size_t files = 0;
  for (const std::filesystem::path path : arguments) {
    if (!std::filesystem::is_directory(path)) {
      status |= replay_file(path);
      ++files;
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.is_directory()) continue;
      status |= replay_file(entry.path());
      ++files;
    }
  }
  std::printf("%zu inputs\n", files);
  return files == 0 ? 1 : status;
}
