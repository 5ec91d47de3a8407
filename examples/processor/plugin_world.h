// The world techbytes:plugins/plugin-world for C++ hosts. By hand, in the form of generated code:
// declarations only, since how they lie in memory is known to <mortise/abi/..>.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include <mortise/mortise.h>

#if MORTISE_BINDING_ABI != 1
#error "This binding was written for another version of Mortise."
#endif

namespace techbytes::plugins {

// record metadata, borrowed: as a parameter, and viewed in a result.
struct MetadataRef {
  std::string_view name;
  std::string_view version;
  std::uint32_t priority = 0;

  friend bool operator==(const MetadataRef&, const MetadataRef&) = default;
};

// record metadata
struct Metadata {
  std::string name;
  std::string version;
  std::uint32_t priority = 0;

  friend bool operator==(const Metadata&, const Metadata&) = default;
  operator MetadataRef() const { return {name, version, priority}; }  // NOLINT: borrowing
};

}  // namespace techbytes::plugins

template <>
struct mortise::abi::Codec<techbytes::plugins::MetadataRef>
    : RecordCodec<techbytes::plugins::MetadataRef, "metadata",
                  Field<"name", &techbytes::plugins::MetadataRef::name>,
                  Field<"version", &techbytes::plugins::MetadataRef::version>,
                  Field<"priority", &techbytes::plugins::MetadataRef::priority>> {};
template <>
struct mortise::abi::Codec<techbytes::plugins::Metadata>
    : RecordCodec<techbytes::plugins::Metadata, "metadata",
                  Field<"name", &techbytes::plugins::Metadata::name>,
                  Field<"version", &techbytes::plugins::Metadata::version>,
                  Field<"priority", &techbytes::plugins::Metadata::priority>> {};
template <>
struct mortise::abi::Viewed<techbytes::plugins::Metadata> {
  using type = techbytes::plugins::MetadataRef;
};

namespace techbytes::plugins {

// interface processor, exported
class Processor {
 public:
  static constexpr std::string_view interface = "techbytes:plugins/processor";

  using ProcessData =
      mortise::abi::Function<"process-data", std::expected<std::string, std::string>,
                             mortise::abi::Param<"input", mortise::StringArg>,
                             mortise::abi::Param<"meta", MetadataRef>>;
  using Functions = mortise::Functions<ProcessData>;

  explicit Processor(mortise::CallTarget<Processor> target) : target_(target) {}

  // process-data: func(input: string, meta: metadata) -> result<string, string>
  mortise::Outcome<std::string, std::string> process_data(mortise::StringArg input,
                                                          const MetadataRef& meta) const {
    return target_.call<ProcessData>({input, meta});
  }
  template <class Read>
  [[nodiscard]] auto process_data(mortise::View, mortise::StringArg input, const MetadataRef& meta,
                                  Read&& read) const {
    return target_.view<ProcessData>({input, meta}, read);
  }

 private:
  mortise::CallTarget<Processor> target_;
};

// world plugin-world
struct PluginWorld {
  static constexpr std::string_view name = "techbytes:plugins/plugin-world";

  struct Imports {};
  using Exports = mortise::Exports<Processor>;

  template <class Instance>
  class Accessors {
   public:
    Processor processor(const mortise::CallOptions& options = {}) {
      return Processor(static_cast<Instance&>(*this).template target<Processor>(options));
    }
  };
};

}  // namespace techbytes::plugins
