// The types of WIT that C++ has none for, in the memory that components share with their hosts.
// It takes the place of the wit.h of wit-bindgen 0.60, whose names it has (Apache-2.0 with the LLVM
// exception, as that), and differs in this: strings and vectors can be made empty, looped over and
// read as views; nothing leaks when one is assigned; a handle can be named before its class is
// known; lists have memory of their own on their way to the host.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// What C++ writes large, and contracts may too.
#undef EOF

namespace wit {

// In the place of an error without a value.
struct Void {};

// Memory that the host allocated, or will free: with malloc.
template <class T>
T* allocate(std::size_t count) {
  if (count == 0) return reinterpret_cast<T*>(alignof(T));
  if (count > SIZE_MAX / sizeof(T)) std::abort();
  void* made = std::malloc(count * sizeof(T));
  if (made == nullptr) std::abort();
  return static_cast<T*>(made);
}

// The elements of a list as the host reads them, which frees them too.
inline std::uint8_t* elements(std::size_t count, std::size_t size) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) std::abort();
  const std::size_t words = (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
  return reinterpret_cast<std::uint8_t*>(allocate<std::uint64_t>(words));
}

// The same for the arguments of one call.
class Room {
 public:
  Room() = default;
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() {
    while (last_ != nullptr) std::free(std::exchange(last_, last_->before));
  }

  std::uint8_t* elements(std::size_t count, std::size_t size) {
    if (count > (SIZE_MAX - sizeof(Block)) / size) std::abort();
    void* made = std::malloc(sizeof(Block) + count * size);
    if (made == nullptr) std::abort();
    last_ = new (made) Block{last_};
    return reinterpret_cast<std::uint8_t*>(last_ + 1);
  }

 private:
  struct alignas(std::uint64_t) Block {
    Block* before;
  };
  Block* last_ = nullptr;
};

// Elements in a row, owned. Moved, never copied but by `of`, which is asked for it.
template <class T>
class vector {
 public:
  using value_type = T;

  vector() : data_(wit::allocate<T>(0)), size_(0) {}
  vector(T* data, std::size_t size) : data_(data), size_(size) {}
  vector(vector&& other) noexcept : data_(other.data_), size_(std::exchange(other.size_, 0)) {}
  vector& operator=(vector&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~vector() {
    if (size_ == 0) return;
    std::destroy_n(data_, size_);
    std::free(data_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t n) { return data_[n]; }
  const T& operator[](std::size_t n) const { return data_[n]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  std::span<T> get_view() const { return {data_, size_}; }
  std::span<const T> get_const_view() const { return {data_, size_}; }

  // Copies the elements.
  template <class U>
  static vector from_view(std::span<U> view) {
    vector made = allocate(view.size());
    std::uninitialized_copy(view.begin(), view.end(), made.data_);
    return made;
  }

  // The elements of any container, a std::vector say: copies; of one that is given away with
  // std::move, the elements themselves.
  template <class Container>
  static vector of(Container&& container) {
    vector made = allocate(std::size(container));
    if constexpr (std::is_lvalue_reference_v<Container>)
      std::uninitialized_copy(std::begin(container), std::end(container), made.data_);
    else
      std::uninitialized_move(std::begin(container), std::end(container), made.data_);
    return made;
  }

  // Its elements are not there yet: each is to be initialized, in any order.
  static vector allocate(std::size_t size) { return vector(wit::allocate<T>(size), size); }
  void initialize(std::size_t n, T&& element) { std::construct_at(data_ + n, std::move(element)); }

  // What it held is the caller's.
  T* leak() {
    size_ = 0;
    return data_;
  }
  static void drop_raw(void* data) {
    if (data != reinterpret_cast<void*>(alignof(T))) std::free(data);
  }

 private:
  T* data_;
  std::size_t size_;
};

// UTF-8 text, owned.
class string {
 public:
  string() : string(nullptr, 0) {}
  string(const char* data, std::size_t size) : data_(data), size_(size) {}
  string(const string& other) : string(from_view(other)) {}
  string(string&& other) noexcept : data_(other.data_), size_(std::exchange(other.size_, 0)) {}
  string& operator=(string other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~string() {
    if (size_ != 0) std::free(const_cast<char*>(data_));
  }

  // Copies it.
  static string from_view(std::string_view view) {
    char* made = wit::allocate<char>(view.size());
    if (!view.empty()) std::memcpy(made, view.data(), view.size());
    return {made, view.size()};
  }

  const char* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const char* begin() const { return data_; }
  const char* end() const { return data_ + size_; }
  std::string_view get_view() const { return {data_, size_}; }
  std::string to_string() const { return std::string(get_view()); }
  // NOLINTNEXTLINE(google-explicit-constructor): it is one
  operator std::string_view() const { return get_view(); }
  friend bool operator==(const string& a, std::string_view b) { return a.get_view() == b; }

  void leak() { size_ = 0; }
  static void drop_raw(void* data) { std::free(data); }

 private:
  const char* data_;
  std::size_t size_;
};

// Pairs in a row: as a vector of them, in the order in which they came, not looked up.
template <class K, class V>
class unordered_map : public vector<std::pair<K, V>> {
 public:
  using entry_type = std::pair<K, V>;

  using vector<entry_type>::vector;
  // NOLINTNEXTLINE(google-explicit-constructor): it is one
  unordered_map(vector<entry_type>&& entries) : vector<entry_type>(std::move(entries)) {}
  static unordered_map allocate(std::size_t size) { return vector<entry_type>::allocate(size); }
};

// Asks the host to drop a handle: it then calls the destructor of what the handle was for.
template <class R>
struct Deregister {
  void operator()(R* resource) const {
    if (resource->handle >= 0) R::ResourceDrop(resource->handle);
  }
};

// A handle of a resource that the plugin exports.
template <class R>
using Owned = std::unique_ptr<R, Deregister<R>>;

// One that the host gives back: its handle is another now.
template <class R>
Owned<R> own(std::int32_t handle) {
  R* resource = R::ResourceRep(handle);
  resource->handle = handle;
  return Owned<R>(resource);
}

// What the class of such a resource derives from. Who makes one has registered it with the host,
// which deletes it when its handle is dropped.
template <class R>
class ResourceExportBase {
 public:
  using Owned = wit::Owned<R>;
  using handle_t = std::int32_t;
  static constexpr handle_t invalid = -1;

  handle_t handle;

  ResourceExportBase() : handle(R::ResourceNew(static_cast<R*>(this))) {}
  ResourceExportBase(const ResourceExportBase&) = delete;
  ResourceExportBase& operator=(const ResourceExportBase&) = delete;

  handle_t get_handle() const { return handle; }
  handle_t into_handle() { return std::exchange(handle, invalid); }
};

// What the class of a resource derives from that the host provides: a handle, moved, never copied.
class ResourceImportBase {
 public:
  using handle_t = std::int32_t;
  static constexpr handle_t invalid = -1;

  // NOLINTNEXTLINE(google-explicit-constructor): generated code needs it
  ResourceImportBase(handle_t h = invalid) : handle(h) {}
  ResourceImportBase(ResourceImportBase&& other) noexcept : handle(other.into_handle()) {}
  // The old handle is dropped with `other`.
  ResourceImportBase& operator=(ResourceImportBase&& other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }

  void set_handle(handle_t h) { handle = h; }
  handle_t get_handle() const { return handle; }
  handle_t into_handle() { return std::exchange(handle, invalid); }

 protected:
  handle_t handle;
};

// What the host lends for a call, which ends with its handle dropped.
template <class R>
struct Borrowed {
  R object;
  operator std::reference_wrapper<const R>() const { return object; }
};
template <class R>
Borrowed<R> borrow(std::int32_t handle) {
  return {R(ResourceImportBase(handle))};
}

}  // namespace wit
