// Calls the plugin as its host does, on this machine.
#undef NDEBUG
#include "plugin_world_cpp.h"

#include <cassert>
#include <cstdio>

namespace {

using exports::techbytes::plugins::processor::ProcessData;

auto process(std::string_view text) {
  return ProcessData(
      wit::string::from_view(text), {.name = wit::string::from_view("demo"),
                                     .version = wit::string::from_view("1.2.3"),
                                     .priority = 1});
}

void test_text_comes_back_in_capitals() {
  assert(*process("hello techbytes") == "[Processed by demo v1.2.3]: HELLO TECHBYTES");
}

void test_only_the_letters_of_ascii_change() {
  assert(*process("a-z {`} \xc3\xb6") == "[Processed by demo v1.2.3]: A-Z {`} \xc3\xb6");
}

void test_no_text_is_an_error() {
  assert(process("").error() == "Input cannot be empty");
}

}  // namespace

int main() {
  test_text_comes_back_in_capitals();
  test_only_the_letters_of_ascii_change();
  test_no_text_is_an_error();
  std::puts("all tests passed");
}
