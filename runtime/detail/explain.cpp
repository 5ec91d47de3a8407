#include <mortise/runtime/detail/explain.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>

namespace mortise::detail {

namespace {

using Kind = Error::Kind;
using Limit = Error::Limit;

// Deeper stacks are endless recursion, whose frames repeat.
constexpr std::size_t kFrames = 32;

std::vector<Error::Frame> frames(const mortise_error_t& error) {
  const std::size_t count = std::min(mortise_error_frame_count(&error), kFrames);
  std::vector<Error::Frame> all;
  for (std::size_t i = 0; i < count; ++i) {
    const mortise_frame_t frame = mortise_error_frame(&error, i);
    constexpr std::size_t kName = 200;
    all.push_back({.function = escape(text(frame.function), kName),
                   .file = escape(text(frame.file), kName),
                   .line = frame.line,
                   .index = frame.function_index});
  }
  return all;
}

// wit-component has imports called through a module of its own, whose functions have no names: one
// that a function with a name has called is the import.
void name_shim(std::vector<Error::Frame>& frames, std::string_view interface,
               std::string_view function) {
  if (frames.size() < 2 || !frames[0].function.empty() || frames[1].function.empty()) return;
  frames[0].function =
      concat("import ", escape(interface), interface.empty() ? "" : ": ", escape(function));
}

std::string hex(std::uint64_t value) {
  char digits[16];  // NOLINT(modernize-avoid-c-arrays): to_chars writes to one
  const auto end = std::to_chars(std::begin(digits), std::end(digits), value, 16).ptr;
  return concat("0x", std::string_view(std::begin(digits), end));
}

// "result, error: " or nothing: where in the value the fault is.
std::string path(const abi::Fault& fault) {
  const std::size_t kept = std::min(fault.depth, fault.path.size());
  std::string out = fault.depth > kept ? ".., " : "";
  for (std::size_t i = kept; i-- > 0;) {
    const abi::Fault::Step& step = fault.path[i];
    out += step.name != nullptr ? concat("`", std::string_view(step.name, step.name_size), "`")
                                : concat("element ", step.index);
    out += i == 0 ? "" : ", ";
  }
  return out;
}

// What the guest returned is wrong.
std::string guest_fault(const abi::Fault& fault) {
  switch (fault.code) {
    case abi::FaultCode::out_of_bounds: {
      const std::uint64_t bytes = fault.size * fault.unit;
      const bool list = fault.size != 1 && fault.unit != 1;
      const std::string what = list ? concat(fault.size, " elements of ", fault.unit, " bytes")
                                    : concat(bytes, bytes == 1 ? " byte" : " bytes");
      return concat(what, " at ", hex(fault.at), bytes == 1 ? " reaches" : " reach",
                    " past the end of its memory of ", bytes_text(fault.limit));
    }
    case abi::FaultCode::unaligned:
      return concat("the address ", hex(fault.at), " is not aligned to ", fault.limit, " bytes");
    case abi::FaultCode::bad_utf8:
      return concat("the text is not UTF-8 at its byte ", fault.size, " (", hex(fault.at), ")");
    case abi::FaultCode::bad_utf16:
      return concat("the text is not UTF-16 at its code unit ", fault.size, " (", hex(fault.at),
                    "): half of a surrogate pair");
    case abi::FaultCode::bad_char: return concat(hex(fault.size), " is no Unicode scalar value");
    case abi::FaultCode::bad_discriminant:
      return concat("the discriminant ", fault.size, " stands for none of the ", fault.limit,
                    " cases");
    default: return "the data is not valid";
  }
}

std::string host_fault(const abi::Fault& fault) {
  switch (fault.code) {
    case abi::FaultCode::host_bad_utf8:
      return concat("the text is not UTF-8 at its byte ", fault.size);
    case abi::FaultCode::host_bad_char:
      return concat(hex(fault.size), " is no Unicode scalar value");
    case abi::FaultCode::host_bad_case:
      return concat("the value ", fault.size, " is none of the ", fault.limit, " of its enum");
    case abi::FaultCode::host_no_case:
      return "the variant holds no value, since an exception came out of what last assigned it";
    case abi::FaultCode::host_no_object:
      return "there is no resource: the pointer is null, or the handle empty";
    case abi::FaultCode::host_other_instance:
      return "the handle is one of another instance, and each instance has resources of its own";
    case abi::FaultCode::host_lent:
      return "the object is lent to the plugin and given to it, in one call";
    case abi::FaultCode::too_long:
      return concat("it takes at least ", bytes_text(fault.size),
                    ", and no guest can be given more than ", bytes_text(fault.limit), " at once");
    default: return "the data is not valid";
  }
}

// A callback said no: abi has recorded why.
ErrorBody refused(std::string_view who, const abi::Fault& fault) {
  const std::string where = path(fault);
  switch (fault.code) {
    case abi::FaultCode::over_budget:
      return advised({.kind = Kind::limit_exceeded,
                      .limit = Limit::lift,
                      .message = concat(who, " hands over more than the ", bytes_text(fault.limit),
                                        " that one call may")},
                     " (Limits::lift)");
    case abi::FaultCode::out_of_memory:
      return {.kind = Kind::io,
              .message = concat(who, ": the host has no memory for the ", bytes_text(fault.size),
                                " that the plugin hands over")};
    case abi::FaultCode::no_buffer:
      return {.kind = Kind::io,
              .message = concat(who, ": the host has no memory for the ", bytes_text(fault.size),
                                " of parameter ", where)};
    case abi::FaultCode::not_filled:
      return {.kind = Kind::io,
              .message = concat(who, " was not called: the host did not produce parameter ", where,
                                "; that ended the instance")};
    case abi::FaultCode::host_bad_utf8:
    case abi::FaultCode::host_bad_char:
    case abi::FaultCode::host_bad_case:
    case abi::FaultCode::host_no_case:
    case abi::FaultCode::host_no_object:
    case abi::FaultCode::host_other_instance:
    case abi::FaultCode::host_lent:
    case abi::FaultCode::too_long:
      return {.kind = Kind::misuse,
              .message = concat(who, " was given bad data by the host: parameter ", where, ": ",
                                host_fault(fault))};
    default:
      return {.kind = Kind::guest_trap,
              .message = concat(who, " returned bad data: ", where.empty() ? "" : where + ": ",
                                guest_fault(fault))};
  }
}

// Bad data between a plugin and a host function, in either direction.
ErrorBody between(std::string_view who, std::string_view host, const abi::Fault& fault) {
  const std::string where = path(fault);
  switch (fault.code) {
    case abi::FaultCode::over_budget:
      return advised({.kind = Kind::limit_exceeded,
                      .limit = Limit::lift,
                      .message = concat(who, " passes more to ", host, " than the ",
                                        bytes_text(fault.limit), " that one call may")},
                     " (Limits::lift)");
    case abi::FaultCode::out_of_memory:
    case abi::FaultCode::no_buffer:
      return {.kind = Kind::io,
              .message = concat(who, ": the host has no memory for ", bytes_text(fault.size),
                                " in a call of ", host)};
    case abi::FaultCode::host_bad_utf8:
    case abi::FaultCode::host_bad_char:
    case abi::FaultCode::host_bad_case:
    case abi::FaultCode::host_no_case:
    case abi::FaultCode::host_no_object:
    case abi::FaultCode::too_long:
      return {.kind = Kind::misuse,
              .message = concat(host, " returned bad data to ", who, ": ",
                                where.empty() ? "" : where + ": ", host_fault(fault))};
    case abi::FaultCode::host_lent:
      return {
          .kind = Kind::misuse,
          .message = concat(who, " cannot give ", where, " to ", host, ": ", host_fault(fault))};
    default:
      return {.kind = Kind::guest_trap,
              .message = concat(who, " passed bad data to ", host, ": parameter ", where, ": ",
                                guest_fault(fault))};
  }
}

ErrorBody by_kind(const Circumstances& at, const mortise_error_t& error, const abi::Fault& fault) {
  const std::string who = concat(at.plugin, ": ", at.function);
  const std::string said = escape(text(mortise_error_message(&error)));
  switch (mortise_error_kind(&error)) {
    case MORTISE_ERROR_CALLBACK: return refused(who, fault);
    case MORTISE_ERROR_DEADLINE:
      return {.kind = Kind::limit_exceeded,
              .limit = Limit::deadline,
              .message = concat(who, " was stopped at its deadline of ", at.deadline_ms, " ms")};
    case MORTISE_ERROR_FUEL:
      return {.kind = Kind::limit_exceeded,
              .limit = Limit::fuel,
              .message = concat(who, " used up its fuel of ", at.fuel)};
    case MORTISE_ERROR_STACK:
      return advised({.kind = Kind::limit_exceeded,
                      .limit = Limit::stack,
                      .message = concat(who, " used up its stack of ", bytes_text(at.stack.count))},
                     " (EngineOptions::stack)");
    case MORTISE_ERROR_MEMORY:
      return advised({.kind = Kind::limit_exceeded,
                      .limit = Limit::memory,
                      .message = concat(who, " ran out of memory: it asked for ",
                                        bytes_text(mortise_error_asked(&error)), " in all, and ",
                                        bytes_text(mortise_error_allowed(&error)), " are allowed")},
                     " (Limits::memory)");
    case MORTISE_ERROR_HANDLES:
      return advised({.kind = Kind::limit_exceeded,
                      .limit = Limit::handles,
                      .message = concat(who, " holds more resource handles than a memory of ",
                                        bytes_text(at.memory.count), " allows")},
                     " (Limits::memory)");
    case MORTISE_ERROR_STOPPED:
      return {.kind = Kind::cancelled, .message = concat(who, " was cancelled")};
    case MORTISE_ERROR_TRAP:
      return {.kind = Kind::guest_trap, .message = concat(who, " trapped: ", said)};
    case MORTISE_ERROR_ABI:
      return {.kind = Kind::guest_trap, .message = concat(who, " broke the canonical ABI: ", said)};
    case MORTISE_ERROR_EXIT:
      return {.kind = Kind::guest_trap,
              .message = concat(who, " called `exit` with status ", mortise_error_asked(&error))};
    case MORTISE_ERROR_COMPONENT:
      return {.kind = Kind::bad_component, .message = concat(who, " failed: ", said)};
    case MORTISE_ERROR_BUSY:
      return {.kind = Kind::misuse,
              .message = concat(who,
                                " was not called: the instance is in a call already, and a "
                                "call into it from there is not possible")};
    case MORTISE_ERROR_ENDED:
      return advised({.kind = Kind::misuse,
                      .message = concat(who,
                                        " was not called: an earlier call failed and ended the "
                                        "instance")},
                     "; make a new one with Plugin::instantiate");
    case MORTISE_ERROR_HOST_STACK:
      return advised({.kind = Kind::misuse,
                      .limit = Limit::stack,
                      .message = concat(who, " cannot run on this thread: it needs ",
                                        bytes_text(mortise_error_asked(&error)), " of stack, and ",
                                        mortise_error_allowed(&error) >> 10, " KiB are left")},
                     "; call from a thread with a larger stack, or lower EngineOptions::stack");
    case MORTISE_ERROR_SYSTEM: return {.kind = Kind::io, .message = concat(who, " failed: ", said)};
    default: return {.kind = Kind::internal, .message = concat(who, ": a bug in Mortise: ", said)};
  }
}

}  // namespace

Error explain_start(const mortise_error_t& error) {
  return {Kind::io, escape(text(mortise_error_message(&error)))};
}

Error refused_component(std::string_view name, std::string_view said, mortise_input_t input) {
  const std::string head = concat(name, " is not a component that can run here: ");
  if (input != MORTISE_INPUT_TEXT) return {Kind::bad_component, head + escape(said)};
  // What reads text is not told whose it is.
  constexpr std::string_view kNameless = "<anon>";
  const std::size_t at = said.find(concat(" ", kNameless, ":"));
  if (at == std::string_view::npos) return {Kind::bad_component, head + escape_lines(said)};
  return {Kind::bad_component, concat(head, escape_lines(said.substr(0, at)), " ", name,
                                      escape_lines(said.substr(at + 1 + kNameless.size())))};
}

Error explain_component(std::string_view name, const mortise_error_t& error,
                        mortise_input_t input) {
  const std::string said = escape(text(mortise_error_message(&error)));
  switch (mortise_error_kind(&error)) {
    case MORTISE_ERROR_COMPONENT:
      return refused_component(name, text(mortise_error_message(&error)), input);
    case MORTISE_ERROR_IMPORT:
      return {Kind::denied, concat(name, " imports what this host does not provide: ", said)};
    case MORTISE_ERROR_SYSTEM: return {Kind::io, concat(name, " cannot be loaded: ", said)};
    default: return {Kind::internal, concat(name, ": a bug in Mortise: ", said)};
  }
}

ErrorBody* explain_host_call(const Circumstances& at, const mortise_error_t& error,
                             std::string_view interface, std::string_view function,
                             const abi::Fault& fault, std::optional<Error> failure) {
  const std::string host =
      concat("`", interface, interface.empty() ? "" : ": ", function, "` of the host");
  const std::string who = concat(at.plugin, ": ", at.function);
  std::unique_ptr<ErrorBody> body;
  if (failure) {
    body = ErrorBody::open(*std::move(failure));
    body->notes.push_back(concat("in ", host, ", called by ", who));
  } else {
    body = std::make_unique<ErrorBody>(between(who, host, fault));
  }
  if (body->frames.empty()) {
    body->frames = frames(error);
    name_shim(body->frames, interface, function);
  }
  return body.release();
}

ErrorBody* explain_call(const Circumstances& at, const mortise_error_t& error,
                        const abi::Fault& fault) {
  auto body = std::make_unique<ErrorBody>(by_kind(at, error, fault));
  body->frames = frames(error);
  return body.release();
}

}  // namespace mortise::detail
