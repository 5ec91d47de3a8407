// What an Error points to, for those who make errors.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/contract/text.h>
#include <mortise/runtime/error.h>

namespace mortise::detail {

struct ErrorBody {
  Error::Kind kind{};
  Error::Limit limit = Error::Limit::none;
  std::string message{};
  std::size_t advice = 0;  // so much of its end is what `advised` added
  std::vector<Error::Frame> frames{};
  std::vector<std::string> notes{};

  static Error seal(std::unique_ptr<ErrorBody> body) { return Error(std::move(body)); }
  static std::unique_ptr<ErrorBody> open(Error error) { return std::move(error.body_); }
};

// Adds to the message what who writes the host can do about it, in the names of C++.
inline ErrorBody advised(ErrorBody body, std::string_view advice) {
  body.message += advice;
  body.advice = advice.size();
  return body;
}

inline Error advised_error(Error::Kind kind, std::string message, std::string_view advice) {
  return ErrorBody::seal(
      std::make_unique<ErrorBody>(advised({.kind = kind, .message = std::move(message)}, advice)));
}

// `setting` is what sets the limit: "CompileLimits::memory".
inline Error limit_error(Error::Limit limit, std::string message, std::string_view setting = {}) {
  ErrorBody body{
      .kind = Error::Kind::limit_exceeded, .limit = limit, .message = std::move(message)};
  if (!setting.empty()) body = advised(std::move(body), concat(" (", setting, ")"));
  return ErrorBody::seal(std::make_unique<ErrorBody>(std::move(body)));
}

}  // namespace mortise::detail
