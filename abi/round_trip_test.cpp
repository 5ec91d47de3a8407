// Random values of a nested type, to the guest and back: what the tests of single types do not
// put together. The seed is fixed, so a failure comes again.
#include <expected>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <mortise/abi/char.h>
#include <mortise/abi/fixed_list.h>
#include <mortise/abi/function.h>
#include <mortise/abi/list.h>
#include <mortise/abi/map.h>
#include <mortise/abi/number.h>
#include <mortise/abi/option.h>
#include <mortise/abi/record.h>
#include <mortise/abi/result.h>
#include <mortise/abi/string.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>
#include <tests/shapes.h>

namespace {

using mortise::testing::Level;
using mortise::testing::Permissions;
using mortise::testing::Shape;
using mortise::testing::ShapeRef;

// record entry {
//   title: string, tags: option<list<u16>>, answer: result<tuple<char, f64>, string>,
//   level: level, shape: shape, rights: permissions, key: list<u8, 3>, notes: map<string, shape>,
// }
struct Entry {
  std::string title;
  std::optional<std::vector<std::uint16_t>> tags;
  std::expected<std::tuple<char32_t, double>, std::string> answer;
  Level level{};
  Shape shape;
  Permissions rights;
  std::array<std::uint8_t, 3> key{};
  std::vector<std::pair<std::string, Shape>> notes;
  friend bool operator==(const Entry&, const Entry&) = default;
};

Shape owned(const ShapeRef& ref) {
  if (const auto* circle = std::get_if<ShapeRef::Circle>(&ref)) return *circle;
  if (const auto* named = std::get_if<ShapeRef::Named>(&ref))
    return Shape::Named{std::string(named->value)};
  return Shape::None();
}

struct EntryRef {
  std::string_view title;
  std::optional<std::span<const std::uint16_t>> tags;
  std::expected<std::tuple<char32_t, double>, std::string_view> answer;
  Level level{};
  ShapeRef shape;
  Permissions rights;
  std::array<std::uint8_t, 3> key{};
  mortise::ListView<std::pair<std::string_view, ShapeRef>> notes;

  Entry owned() const {
    Entry entry;
    entry.title = title;
    entry.level = level;
    entry.shape = ::owned(shape);
    entry.rights = rights;
    entry.key = key;
    for (const auto& [name, note] : notes) entry.notes.emplace_back(name, ::owned(note));
    if (tags) entry.tags.emplace(tags->begin(), tags->end());
    if (answer) {
      entry.answer = *answer;
    } else {
      entry.answer = std::unexpected(std::string(answer.error()));
    }
    return entry;
  }
};

}  // namespace

template <>
struct mortise::abi::Codec<Entry>
    : RecordCodec<Entry, "entry", Field<"title", &Entry::title>, Field<"tags", &Entry::tags>,
                  Field<"answer", &Entry::answer>, Field<"level", &Entry::level>,
                  Field<"shape", &Entry::shape>, Field<"rights", &Entry::rights>,
                  Field<"key", &Entry::key>, Field<"notes", &Entry::notes>> {};
template <>
struct mortise::abi::Codec<EntryRef>
    : RecordCodec<EntryRef, "entry", Field<"title", &EntryRef::title>,
                  Field<"tags", &EntryRef::tags>, Field<"answer", &EntryRef::answer>,
                  Field<"level", &EntryRef::level>, Field<"shape", &EntryRef::shape>,
                  Field<"rights", &EntryRef::rights>, Field<"key", &EntryRef::key>,
                  Field<"notes", &EntryRef::notes>> {};
template <>
struct mortise::abi::Viewed<Entry> {
  using type = EntryRef;
};

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::GuestOptions;
using testing::Moves;
using Entries = std::vector<Entry>;

constexpr GuestOptions kLarge{.budget = 1 << 24, .memory = 1 << 18};

class Random {
 public:
  explicit Random(std::uint32_t seed) : numbers_(seed) {}

  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(numbers_() % n); }
  bool coin() { return below(2) == 0; }

  char32_t character() {
    constexpr std::array<std::uint32_t, 5> kMost{0x80, 0x100, 0x800, 0x10000, 0x110000};
    const char32_t c = below(kMost.at(below(kMost.size())));
    return is_scalar_value(c) ? c : U'-';
  }
  std::string text() {
    std::string out;
    for (std::uint32_t left = below(40); left > 0; --left) {
      std::array<char, 4> one{};
      char* end = one.data();
      encode_utf8(character(), end);
      for (const char* p = one.data(); p != end; ++p) out += *p;
    }
    return out;
  }
  Shape shape() {
    switch (below(3)) {
      case 0: return Shape::Circle{static_cast<float>(below(1000))};
      case 1: return Shape::None();
      default: return Shape::Named{text()};
    }
  }
  Entry entry() {
    Entry out;
    out.title = text();
    if (coin()) {
      out.tags.emplace();
      for (std::uint32_t left = below(20); left > 0; --left)
        out.tags->push_back(static_cast<std::uint16_t>(below(0x10000)));
    }
    if (coin()) {
      out.answer = std::tuple(character(), static_cast<double>(below(1'000'000)) / -64.0);
    } else {
      out.answer = std::unexpected(text());
    }
    out.level = Level{static_cast<std::uint8_t>(below(3))};
    out.shape = shape();
    out.rights = Permissions{static_cast<std::uint8_t>(below(8))};
    for (std::uint8_t& byte : out.key) byte = static_cast<std::uint8_t>(below(256));
    for (std::uint32_t left = below(4); left > 0; --left) out.notes.emplace_back(text(), shape());
    return out;
  }
  Entries entries() {
    Entries out;
    for (std::uint32_t left = below(20); left > 0; --left) out.push_back(entry());
    return out;
  }

 private:
  std::mt19937 numbers_;
};

constexpr int kRounds = 400;

GuestOptions options_of(int round) {
  constexpr std::array<Encoding, 3> kEncodings{Encoding::utf8, Encoding::utf16,
                                               Encoding::latin1_utf16};
  GuestOptions options = kLarge;
  options.encoding = kEncodings.at(static_cast<std::size_t>(round) % 3);
  // Moving a large memory some hundred times takes its time.
  options.moves = round % 20 == 0 ? Moves::yes : Moves::no;
  return options;
}

TEST(RoundTrip, ThroughMemoryGivesBackWhatWasStored) {
  Random random(1);
  for (int round = 0; round < kRounds; ++round) {
    Guest guest(options_of(round));
    const Entries entries = random.entries();
    ASSERT_EQ(guest.load<Entries>(guest.store(entries)), entries) << "round " << round;
  }
}

TEST(RoundTrip, ThroughCoreValuesGivesBackWhatWasLowered) {
  Random random(2);
  for (int round = 0; round < kRounds; ++round) {
    Guest guest(options_of(round));
    const Entry entry = random.entry();
    ASSERT_EQ(guest.lift<Entry>(guest.lower(entry)), entry) << "round " << round;
  }
}

TEST(RoundTrip, InPlaceShowsWhatWasStored) {
  Random random(3);
  for (int round = 0; round < kRounds; ++round) {
    Guest guest(options_of(round));
    const Entries entries = random.entries();
    const auto view = guest.load<View<Entries>>(guest.store(entries));
    Entries seen;
    for (const EntryRef& entry : view) seen.push_back(entry.owned());
    ASSERT_EQ(seen, entries) << "round " << round;
  }
}

// Whatever a guest's memory holds, it is lifted or refused, and a view sees no more of it than a
// copy. Sanitizers watch the rest.
TEST(RoundTrip, OfSpoiledMemoryIsRefusedOrTheSameForBothForms) {
  Random random(4);
  int refused = 0;
  for (int round = 0; round < 4 * kRounds; ++round) {
    GuestOptions options = options_of(round);
    options.memory = 1 << 14;
    options.moves = Moves::no;
    Guest guest(options);
    const std::uint32_t at = guest.store(Entries{random.entry(), random.entry()});
    const std::uint32_t end = guest.blocks().back().at + 4;
    for (std::uint32_t left = 1 + random.below(3); left > 0; --left)
      guest.poke(at + random.below(end - at), static_cast<std::uint8_t>(random.below(256)));
    ASSERT_EQ(guest.loads<Entries>(at), guest.loads<View<Entries>>(at)) << "round " << round;
    if (!guest.loads<Entries>(at)) {
      ++refused;
      continue;
    }
    const auto bits = [](const Entries& all) {
      Guest other(kLarge);
      return other.hex(other.store(all), 2000);
    };
    const Entries owned = guest.load<Entries>(at);
    Entries seen;
    for (const EntryRef& entry : guest.load<View<Entries>>(at)) seen.push_back(entry.owned());
    ASSERT_EQ(bits(seen), bits(owned)) << "round " << round;
  }
  EXPECT_GT(refused, kRounds / 4) << "it spoils too little to say anything";
}

}  // namespace
}  // namespace mortise::abi
