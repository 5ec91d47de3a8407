#include "caller_cpp.h"

#include <string>

namespace exports::matrix::host::task {

using namespace ::matrix::host::store;

std::expected<uint32_t, wit::string> Run(wit::vector<wit::string> words) {
  for (const wit::string& word : words) {
    Log(Level::kInfo, "word " + word.to_string());
    const std::string key = "k-" + word.to_string();
    auto number =
        Put({.key = wit::string::from_view(key),
             .value = wit::vector<uint8_t>::from_view(std::span(word.data(), word.size()))});
    if (!number) return std::unexpected(std::move(number.error()));
    (void)Get(key);
  }
  const Cursor cursor("k-");
  uint32_t count = 0;
  for (; const auto key = cursor.Next(); ++count) Log(Level::kDebug, *key);
  return count;
}

}  // namespace exports::matrix::host::task
