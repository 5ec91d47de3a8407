// What an Error points to, for those who make errors.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <mortise/runtime/error.h>

namespace mortise::detail {

struct ErrorBody {
  Error::Kind kind{};
  Error::Limit limit = Error::Limit::none;
  std::string message{};
  std::vector<Error::Frame> frames{};
  std::vector<std::string> notes{};

  static Error seal(std::unique_ptr<ErrorBody> body) { return Error(std::move(body)); }
  static std::unique_ptr<ErrorBody> open(Error error) { return std::move(error.body_); }
};

inline Error limit_error(Error::Limit limit, std::string message) {
  return ErrorBody::seal(std::make_unique<ErrorBody>(ErrorBody{
      .kind = Error::Kind::limit_exceeded, .limit = limit, .message = std::move(message)}));
}

}  // namespace mortise::detail
