// Things that many threads take in turn, such as connections.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <mortise/services/detail/sqlite.h>

namespace mortise::services::detail {

// Hands out what it is given back, and says when more may be made.
// Invariant: handed out + waiting here <= most.
template <class T>
class Lender {
 public:
  explicit Lender(std::size_t most) : left_to_make_(most) {}
  Lender(const Lender&) = delete;
  Lender& operator=(const Lender&) = delete;

  // One of those; or what `make` makes, a std::expected of a unique_ptr and an error; or `late`,
  // where none is given back in time.
  template <class Make>
  auto take(const Deadline& deadline, Make&& make,
            typename std::invoke_result_t<Make>::error_type late)
      -> std::expected<std::unique_ptr<T>, typename std::invoke_result_t<Make>::error_type> {
    {
      std::unique_lock lock(mutex_);
      const auto there_is_one = [&] { return !idle_.empty() || left_to_make_ > 0; };
      if (!there_is_one() && !given_back_.wait_until(lock, deadline.at(), there_is_one))
        return std::unexpected(std::move(late));
      if (!idle_.empty()) {
        std::unique_ptr<T> one = std::move(idle_.back());
        idle_.pop_back();
        return one;
      }
      --left_to_make_;
    }
    auto made = make();
    if (!made) lose();
    return made;
  }

  // Whether the next to take one has to wait.
  [[nodiscard]] bool is_empty() {
    const std::scoped_lock lock(mutex_);
    return idle_.empty() && left_to_make_ == 0;
  }

  void give_back(std::unique_ptr<T> one) {
    {
      const std::scoped_lock lock(mutex_);
      idle_.push_back(std::move(one));
    }
    given_back_.notify_one();
  }

  // One that was taken is not coming back.
  void lose() {
    {
      const std::scoped_lock lock(mutex_);
      ++left_to_make_;
    }
    given_back_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<T>> idle_;
  std::size_t left_to_make_;
};

// One that is given back in the end.
template <class T>
class Lent {
 public:
  Lent(Lender<T>& lender, std::unique_ptr<T> one) : lender_(&lender), one_(std::move(one)) {}
  Lent(Lent&& other) noexcept : lender_(other.lender_), one_(std::move(other.one_)) {}
  Lent& operator=(Lent&&) = delete;
  ~Lent() { give_back(); }

  void give_back() {
    if (one_ != nullptr) lender_->give_back(std::move(one_));
  }
  // It is in no state to be used again.
  void destroy() {
    one_.reset();
    lender_->lose();
  }

  T& operator*() const { return *one_; }
  T* operator->() const { return one_.get(); }

 private:
  Lender<T>* lender_;
  std::unique_ptr<T> one_;
};

}  // namespace mortise::services::detail
