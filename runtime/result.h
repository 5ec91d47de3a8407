// What calls return: Result<T>, and Outcome<T, E> for functions whose contract has an error of
// its own.
#pragma once

#include <concepts>
#include <expected>
#include <memory>
#include <type_traits>
#include <utility>

#include <mortise/runtime/error.h>

namespace mortise {

// Pass it on, or look at it with `if`, `*` and error(). An Error cannot be copied, so value() needs
// an rvalue: std::move(result).value().
template <class T>
using Result = std::expected<T, Error>;

// The answer to a call of a function `-> result<T, E>`. One of three:
//
//   if (out) use(*out);                          // T: the plugin's answer
//   else if (auto* said = out.refusal()) ...     // E: the plugin's own error
//   else log(out.failure()->to_string());        // Error: a trap, a limit, ours
//
// True for T alone: with a Result of a std::expected, `if (r)` would hold when the plugin refused.
template <class T, class E>
class [[nodiscard]] Outcome {
 public:
  using Answer = std::expected<T, E>;

  Outcome()
    requires std::default_initializable<Answer>
  = default;
  // NOLINTNEXTLINE(google-explicit-constructor): `return answer;` and `return error;`
  Outcome(Answer answer) : state_(std::move(answer)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Outcome(Error error) : state_(std::unexpect, std::move(error)) {}
  // For host functions: `return 42;`, `return std::unexpected(refusal);`.
  template <class U>
    requires(!std::is_void_v<T> && std::convertible_to<U, T> &&
             !std::same_as<std::remove_cvref_t<U>, Error> &&
             !std::same_as<std::remove_cvref_t<U>, Answer> &&
             !std::same_as<std::remove_cvref_t<U>, Outcome>)
  // NOLINTNEXTLINE(google-explicit-constructor)
  Outcome(U&& value) : state_(std::in_place, std::in_place, std::forward<U>(value)) {}
  template <class G>
    requires(std::convertible_to<G, E> && !std::same_as<G, Error>)
  // NOLINTNEXTLINE(google-explicit-constructor)
  Outcome(std::unexpected<G> refusal)
      : state_(std::in_place, std::unexpect, std::move(refusal).error()) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Outcome(std::unexpected<Error> failure) : state_(std::unexpect, std::move(failure).error()) {}

  [[nodiscard]] bool has_value() const { return state_ && state_->has_value(); }
  explicit operator bool() const { return has_value(); }

  // The plugin's answer. Undefined unless has_value().
  [[nodiscard]] decltype(auto) operator*() & { return **state_; }
  [[nodiscard]] decltype(auto) operator*() const& { return **state_; }
  [[nodiscard]] decltype(auto) operator*() && { return *std::move(*state_); }
  [[nodiscard]] auto* operator->()
    requires(!std::is_void_v<T>)
  {
    return std::addressof(**state_);
  }
  [[nodiscard]] const auto* operator->() const
    requires(!std::is_void_v<T>)
  {
    return std::addressof(**state_);
  }

  // The plugin's own error, or null.
  [[nodiscard]] E* refusal() { return refused() ? &state_->error() : nullptr; }
  [[nodiscard]] const E* refusal() const { return refused() ? &state_->error() : nullptr; }

  // Why there is no answer at all, or null.
  [[nodiscard]] Error* failure() { return state_ ? nullptr : &state_.error(); }
  [[nodiscard]] const Error* failure() const { return state_ ? nullptr : &state_.error(); }

  // T or E, with the failure apart: for code that passes failures on.
  [[nodiscard]] Result<Answer>& result() & { return state_; }
  [[nodiscard]] Result<Answer> result() && { return std::move(state_); }

 private:
  bool refused() const { return state_ && !state_->has_value(); }

  Result<Answer> state_;
};

}  // namespace mortise
