#include <mortise/runtime/error.h>

#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>

namespace mortise {

Error::Error(Kind kind, std::string message)
    : Error(std::make_unique<detail::ErrorBody>(
          detail::ErrorBody{.kind = kind, .message = std::move(message)})) {}
Error::Error(std::unique_ptr<detail::ErrorBody> body) : body_(std::move(body)) {}
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Error::Kind Error::kind() const { return body_->kind; }
Error::Limit Error::limit() const { return body_->limit; }
std::string_view Error::message() const { return body_->message; }
std::string_view Error::summary() const {
  return message().substr(0, body_->message.size() - body_->advice);
}
std::span<const Error::Frame> Error::backtrace() const { return body_->frames; }
std::span<const std::string> Error::notes() const { return body_->notes; }

Error& Error::note(std::string text) & {
  body_->notes.push_back(std::move(text));
  return *this;
}

std::string Error::to_string() const { return body_->message + details(); }

std::string Error::details() const {
  std::string out;
  for (const Frame& frame : body_->frames) {
    out += frame.function.empty() ? concat("\n  at function ", frame.index)
                                  : concat("\n  at ", frame.function);
    if (!frame.file.empty()) out += concat(" (", frame.file, ":", frame.line, ")");
  }
  for (const std::string& note : body_->notes) out += concat("\n  note: ", note);
  return out;
}

std::string_view to_string(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::bad_component: return "bad_component";
    case Error::Kind::contract_mismatch: return "contract_mismatch";
    case Error::Kind::denied: return "denied";
    case Error::Kind::guest_trap: return "guest_trap";
    case Error::Kind::limit_exceeded: return "limit_exceeded";
    case Error::Kind::overloaded: return "overloaded";
    case Error::Kind::cancelled: return "cancelled";
    case Error::Kind::quarantined: return "quarantined";
    case Error::Kind::misuse: return "misuse";
    case Error::Kind::io: return "io";
    case Error::Kind::internal: return "internal";
  }
  return "unknown";
}

std::string_view to_string(Error::Limit limit) {
  switch (limit) {
    case Error::Limit::none: return "none";
    case Error::Limit::deadline: return "deadline";
    case Error::Limit::fuel: return "fuel";
    case Error::Limit::memory: return "memory";
    case Error::Limit::stack: return "stack";
    case Error::Limit::handles: return "handles";
    case Error::Limit::lift: return "lift";
    case Error::Limit::compile_size: return "compile_size";
    case Error::Limit::compile_memory: return "compile_memory";
    case Error::Limit::compile_time: return "compile_time";
    case Error::Limit::compile_depth: return "compile_depth";
    case Error::Limit::compile_code: return "compile_code";
  }
  return "unknown";
}

}  // namespace mortise
