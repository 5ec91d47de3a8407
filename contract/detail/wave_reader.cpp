#include <mortise/contract/detail/wave_reader.h>

#include <concepts>
#include <limits>
#include <string>
#include <utility>

#include <mortise/abi/utf8.h>
#include <mortise/contract/detail/reading.h>
#include <mortise/contract/detail/wave_tokens.h>
#include <mortise/contract/text.h>
#include <mortise/contract/wave.h>

namespace mortise::wave::detail {

namespace {

using contract::Contract;
using contract::Function;
using contract::Kind;
using contract::kMaxDepth;
using contract::kNone;
using contract::Member;
using contract::TextError;
using contract::TypeId;
using contract::detail::Given;
using contract::detail::kNowhere;
using contract::detail::part;
using contract::detail::Read;
using contract::detail::Step;

// Reads values of types. Each function reads from the token that stands next, and past what it
// read; or keeps the error and returns false.
class Reader {
 public:
  Reader(const Contract& contract, std::string_view text, std::size_t from)
      : contract_(contract), text_(text), lexer_(text, from), members_(contract) {
    advance();
  }

  // Recursion as deep as the value, to kMaxDepth.
  bool value(TypeId id, const Step* where, Value& out) {
    if (depth_ == kMaxDepth) return wrong(token_.at, where, contract::detail::too_deep());
    if (token_.kind == Token::Kind::bad) return bad_token(id, where);
    ++depth_;
    const bool read = of_kind(id, where, out);
    --depth_;
    return read;
  }

  bool arguments(const Function& function, Form form, std::vector<Value>& out) {
    if (form == Form::call) advance();
    const auto at_end = [&] {
      return form == Form::call ? token_.is(')') : token_.kind == Token::Kind::end;
    };
    for (const Member& param : function.params) {
      const Step step{.before = nullptr, .word = "parameter", .name = param.name};
      if (at_end())
        return wrong(token_.at, nullptr,
                     concat(contract::detail::is_missing(contract_, "parameter", param),
                            for_example(param.type)));
      if (!value(param.type, &step, out.emplace_back())) return false;
      if (token_.is(',')) {
        advance();
      } else if (!at_end()) {
        return wrong(token_.at, &step,
                     concat("expected ", form == Form::call ? "`,` or `)`" : "`,` or the end",
                            ", found ", found()));
      }
    }
    if (at_end()) {
      if (form == Form::call) advance();
      return true;
    }
    return wrong(token_.at, nullptr,
                 concat(escape(function.name), " takes ", function.params.size(),
                        function.params.size() == 1 ? " argument" : " arguments", ", found ",
                        found(), " after them"));
  }

  bool end() {
    return token_.kind == Token::Kind::end ||
           wrong(token_.at, nullptr, concat("expected the end, found ", found()));
  }

  TextError error() { return std::move(error_); }

 private:
  void advance() { token_ = lexer_.next(); }

  // ---- Errors ----

  bool wrong(std::size_t at, const Step* where, std::string_view what) {
    error_ = contract::detail::error_at(text_, at,
                                        concat(contract::detail::path(contract_, where), what));
    return false;
  }
  bool bad_token(TypeId id, const Step* where) {
    return wrong(
        token_.at, where,
        concat("expected ", describe(contract_, id), ", found ", found(), for_example(id)));
  }
  bool mismatch(TypeId id, const Step* where, std::string_view found) {
    return mismatch(token_.at, id, where, found);
  }
  bool mismatch(std::size_t at, TypeId id, const Step* where, std::string_view found) {
    return wrong(at, where,
                 concat("expected ", describe(contract_, id), ", found ", found, for_example(id)));
  }
  bool mismatch(TypeId id, const Step* where) { return mismatch(id, where, found()); }

  [[nodiscard]] std::string for_example(TypeId id) const {
    constexpr std::size_t kLongest = 120;
    return concat("; for example ",
                  escape(wave::print(contract::example(contract_, id)), kLongest));
  }

  // What stands at the token, in words.
  [[nodiscard]] std::string found() const {
    constexpr std::size_t kLongest = 40;
    switch (token_.kind) {
      case Token::Kind::end: return "the end";
      case Token::Kind::punctuation: break;
      case Token::Kind::character: return concat("the char ", escape(token_.text, kLongest));
      case Token::Kind::string:
      case Token::Kind::multiline: return concat("a string ", escape(token_.text, kLongest));
      case Token::Kind::number: return escape(token_.text, kLongest);
      case Token::Kind::label: return contract::detail::quoted(token_.text);
      case Token::Kind::bad:
        return concat("`", escape(token_.text, kLongest), "`: ", token_.problem);
    }
    if (token_.is('[')) return "a list";
    if (token_.is('(')) return "a tuple";
    if (!token_.is('{')) return concat("`", token_.text, "`");
    Lexer ahead = lexer_;
    const Token first = ahead.next();
    const bool record = first.is(':') || (first.kind == Token::Kind::label && ahead.next().is(':'));
    return record ? "a record" : first.is('}') ? "{}" : "flags";
  }

  // ---- Parts of the grammar ----

  bool expect(char c, TypeId id, const Step* where) {
    if (!token_.is(c))
      return wrong(token_.at, where,
                   concat("expected `", c, "`, found ", found(), for_example(id)));
    advance();
    return true;
  }

  // What stands between an opening bracket, which is next, and the closing one: `item(index)` for
  // each.
  template <class Item>
  bool sequence(char close, TypeId id, const Step* where, Item item) {
    advance();
    for (std::size_t i = 0; !token_.is(close); ++i) {
      if (!item(i)) return false;
      if (token_.is(',')) {
        advance();
      } else if (!token_.is(close)) {
        return wrong(token_.at, where,
                     concat("expected `,` or `", close, "`, found ", found(), for_example(id)));
      }
    }
    return true;  // at the closing bracket
  }

  // `name(..)`, of which the name was read, or `name` alone.
  bool payload(TypeId id, TypeId type, const Step& where, Payload& out) {
    if (type == kNone)
      return !token_.is('(') || wrong(token_.at, &where, concat("expected no payload, found `(`"));
    if (!token_.is('('))
      return wrong(token_.at, &where,
                   concat("expected a payload, ", describe(contract_, type), ", found ", found(),
                          for_example(id)));
    advance();
    Value value;
    if (!this->value(type, &where, value) || !expect(')', id, &where)) return false;
    out = Payload(std::move(value));
    return true;
  }

  // ---- Kinds of types ----

  bool of_kind(TypeId id, const Step* where, Value& out) {
    switch (contract::detail::kind_of(contract_, id)) {
      case Kind::boolean: return boolean(id, where, out);
      case Kind::s8: return number<std::int8_t>(id, where, out);
      case Kind::u8: return number<std::uint8_t>(id, where, out);
      case Kind::s16: return number<std::int16_t>(id, where, out);
      case Kind::u16: return number<std::uint16_t>(id, where, out);
      case Kind::s32: return number<std::int32_t>(id, where, out);
      case Kind::u32: return number<std::uint32_t>(id, where, out);
      case Kind::s64: return number<std::int64_t>(id, where, out);
      case Kind::u64: return number<std::uint64_t>(id, where, out);
      case Kind::f32: return number<float>(id, where, out);
      case Kind::f64: return number<double>(id, where, out);
      case Kind::character: return character(id, where, out);
      case Kind::string: return string(id, where, out);
      case Kind::list:
      case Kind::fixed_list: return list(id, where, out);
      case Kind::map: return map(id, where, out);
      case Kind::record: return record(id, where, out);
      case Kind::tuple: return tuple(id, where, out);
      case Kind::variant: return variant(id, where, out);
      case Kind::enumeration: return enumeration(id, where, out);
      case Kind::flags: return flags(id, where, out);
      case Kind::option: return option(id, where, out);
      case Kind::result: return result(id, where, out);
      case Kind::own:
      case Kind::borrow: return handle(id, where, out);
      case Kind::stream:
      case Kind::future:
      case Kind::error_context: break;
    }
    return wrong(token_.at, where, contract::detail::no_values(contract_, id));
  }

  bool boolean(TypeId id, const Step* where, Value& out) {
    if (!token_.is_label("true") && !token_.is_label("false")) return mismatch(id, where);
    out = token_.is_label("true");
    advance();
    return true;
  }

  template <class T>
  bool number(TypeId id, const Step* where, T& out) {
    if constexpr (std::floating_point<T>) {
      using Limits = std::numeric_limits<T>;
      const bool minus = token_.text == "-inf";
      if (minus || token_.is_label("inf") || token_.is_label("nan")) {
        out = minus                    ? -Limits::infinity()
              : token_.is_label("inf") ? Limits::infinity()
                                       : Limits::quiet_NaN();
        advance();
        return true;
      }
    }
    if (token_.kind != Token::Kind::number) return mismatch(id, where);
    if (!is_number(token_.text))
      return mismatch(id, where, concat("`", found(), "`, which is not written as a number"));
    const Read read = contract::detail::read_number(token_.text, out);
    if (read == Read::malformed) return mismatch(id, where);
    if (read == Read::too_large) {
      // The same as in JSON: nobody who means infinity writes it so.
      if constexpr (std::floating_point<T>)
        return mismatch(id, where,
                        concat(found(), ", which is too large for it: infinity is written `",
                               token_.text.starts_with('-') ? "-inf" : "inf", "`"));
      else
        return mismatch(id, where,
                        concat(found(), ", which is not ", contract::detail::range_text<T>()));
    }
    advance();
    return true;
  }
  template <class T>
  bool number(TypeId id, const Step* where, Value& out) {
    T value{};
    if (!number(id, where, value)) return false;
    out = value;
    return true;
  }

  bool decoded(const Step* where, std::string& out) {
    auto text = decode(token_);
    if (!text) return wrong(text.error().at, where, text.error().message);
    out = std::move(*text);
    return true;
  }

  bool string(TypeId id, const Step* where, Value& out) {
    if (token_.kind != Token::Kind::string && token_.kind != Token::Kind::multiline)
      return mismatch(id, where);
    std::string text;
    if (!decoded(where, text)) return false;
    out = std::move(text);
    advance();
    return true;
  }

  bool character(TypeId id, const Step* where, Value& out) {
    if (token_.kind != Token::Kind::character) return mismatch(id, where);
    std::string text;
    if (!decoded(where, text)) return false;
    const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());  // bytes as bytes
    if (text.empty() || abi::utf8_length(at, text.size()) != text.size())
      return mismatch(
          id, where,
          concat(text.empty() ? "no character" : "several characters", " between the quotes"));
    out = abi::decode_utf8(at);
    advance();
    return true;
  }

  // As many elements as a list of fixed length has; kNowhere: any number.
  [[nodiscard]] std::size_t length_of(TypeId id) const {
    const contract::Type& type = contract_.types[id];
    return type.kind == Kind::fixed_list ? type.length
           : type.kind == Kind::tuple    ? type.members.size()
                                         : kNowhere;
  }
  bool too_many(TypeId id, const Step* where) {
    return mismatch(
        id, where,
        concat("more than ", length_of(id), length_of(id) == 1 ? " element" : " elements"));
  }
  // Moves past the closing bracket of as many elements as there have to be.
  bool close(TypeId id, const Step* where, std::size_t count) {
    const std::size_t length = length_of(id);
    if (length != kNowhere && count != length)
      return mismatch(id, where, concat(count, count == 1 ? " element" : " elements"));
    advance();
    return true;
  }

  bool list(TypeId id, const Step* where, Value& out) {
    if (!token_.is('[')) return mismatch(id, where);
    const TypeId element = part(contract_, id, 0);
    if (contract::detail::kind_of(contract_, element) == Kind::u8) return bytes(id, where, out);
    std::vector<Value> elements;
    const auto item = [&](std::size_t i) {
      if (i == length_of(id)) return too_many(id, where);
      const Step step{.before = where, .word = "element", .index = i};
      return value(element, &step, elements.emplace_back());
    };
    if (!sequence(']', id, where, item) || !close(id, where, elements.size())) return false;
    out = Value::list(std::move(elements));
    return true;
  }
  bool bytes(TypeId id, const Step* where, Value& out) {
    Value::Bytes bytes;
    const auto item = [&](std::size_t i) {
      if (i == length_of(id)) return too_many(id, where);
      const Step step{.before = where, .word = "element", .index = i};
      return number(part(contract_, id, 0), &step, bytes.emplace_back());
    };
    if (!sequence(']', id, where, item) || !close(id, where, bytes.size())) return false;
    out = Value::bytes(std::move(bytes));
    return true;
  }

  bool map(TypeId id, const Step* where, Value& out) {
    if (!token_.is('[')) return mismatch(id, where);
    std::vector<Value::Entry> entries;
    const auto item = [&](std::size_t i) {
      const Step step{.before = where, .word = "entry", .index = i};
      const Step key{.before = &step, .word = "the key"};
      const Step mapped{.before = &step, .word = "the value"};
      Value::Entry& entry = entries.emplace_back();
      if (!expect('(', id, &step) || !value(part(contract_, id, 0), &key, entry.key) ||
          !expect(',', id, &step) || !value(part(contract_, id, 1), &mapped, entry.value))
        return false;
      if (token_.is(',')) advance();
      return expect(')', id, &step);
    };
    if (!sequence(']', id, where, item)) return false;
    advance();
    out = Value::map(std::move(entries));
    return true;
  }

  bool tuple(TypeId id, const Step* where, Value& out) {
    if (!token_.is('(')) return mismatch(id, where);
    std::vector<Value> elements;
    const auto item = [&](std::size_t i) {
      if (i == length_of(id)) return too_many(id, where);
      const Step step{.before = where, .word = "element", .index = i};
      return value(part(contract_, id, i), &step, elements.emplace_back());
    };
    if (!sequence(')', id, where, item) || !close(id, where, elements.size())) return false;
    out = Value::tuple(std::move(elements));
    return true;
  }

  bool record(TypeId id, const Step* where, Value& out) {
    if (!token_.is('{')) return mismatch(id, where);
    const Token first = Lexer(lexer_).next();
    if (first.is('}')) return mismatch(id, where, "{}, which has no field and no `:`");
    const Step in{.before = where, .word = {}, .type = id};
    std::vector<Given> fields;
    if (first.is(':')) {
      advance();
      advance();
      if (!token_.is('}')) return expect('}', id, where);
    } else if (!sequence('}', id, where, [&](std::size_t) { return field(id, in, fields); })) {
      return false;
    }
    return close_record(id, in, fields, out);
  }
  bool field(TypeId id, const Step& in, std::vector<Given>& fields) {
    if (token_.kind != Token::Kind::label)
      return wrong(token_.at, &in, concat("expected a field, found ", found(), for_example(id)));
    Given& given = fields.emplace_back(members_.find(id, token_.label()), token_.at);
    if (given.member == kNowhere) return has_no(id, in.before);
    const Member& member = contract_.types[id].members[given.member];
    const Step step{.before = &in, .word = "field", .name = member.name};
    advance();
    return expect(':', id, &step) && value(member.type, &step, given.value);
  }
  bool close_record(TypeId id, const Step& in, std::vector<Given>& fields, Value& out) {
    const std::vector<Member>& members = contract_.types[id].members;
    if (const Given* twice = contract::detail::in_order(fields))
      return wrong(twice->at, &in,
                   contract::detail::is_twice(Kind::record, members[twice->member].name));
    const std::size_t missing = members_.missing(id, fields);
    if (missing != kNowhere)
      return wrong(token_.at, &in,
                   concat(contract::detail::is_missing(contract_, "field", members[missing]),
                          for_example(id)));
    std::vector<Value::Field> named;
    for (Given& given : fields)
      named.push_back({members[given.member].name, std::move(given.value)});
    out = Value::record(std::move(named));
    advance();
    return true;
  }

  bool has_no(TypeId id, const Step* where) {
    return wrong(token_.at, where,
                 concat(contract::detail::has_no(contract_, id, token_.label()), for_example(id)));
  }

  // The case that a label names, read past it; kNowhere: there is none, and the error is kept.
  std::size_t read_case(TypeId id, const Step* where) {
    if (token_.kind != Token::Kind::label) {
      mismatch(id, where);
      return kNowhere;
    }
    const std::size_t at = members_.find(id, token_.label());
    if (at != kNowhere && is_keyword(token_.text)) {
      mismatch(id, where, concat(found(), ", a word of WAVE: write %", token_.text));
      return kNowhere;
    }
    if (at == kNowhere) {
      has_no(id, where);
    } else {
      advance();
    }
    return at;
  }

  bool variant(TypeId id, const Step* where, Value& out) {
    const std::size_t at = read_case(id, where);
    if (at == kNowhere) return false;
    const Member& member = contract_.types[id].members[at];
    const Step in{.before = where, .word = {}, .type = id};
    const Step step{.before = &in, .word = "case", .name = member.name};
    Payload read;
    if (!payload(id, member.type, step, read)) return false;
    out = Value::variant(member.name, std::move(read));
    return true;
  }

  bool enumeration(TypeId id, const Step* where, Value& out) {
    const std::size_t at = read_case(id, where);
    if (at == kNowhere) return false;
    out = Value::enumeration(contract_.types[id].members[at].name);
    return true;
  }

  bool flags(TypeId id, const Step* where, Value& out) {
    if (!token_.is('{')) return mismatch(id, where);
    if (found() == "a record") return mismatch(id, where);
    std::vector<Given> given;
    const auto item = [&](std::size_t) {
      if (token_.kind != Token::Kind::label)
        return wrong(token_.at, where, concat("expected a flag, found ", found(), for_example(id)));
      given.push_back({members_.find(id, token_.label()), token_.at});
      if (given.back().member == kNowhere) return has_no(id, where);
      advance();
      return true;
    };
    if (!sequence('}', id, where, item)) return false;
    const std::vector<Member>& members = contract_.types[id].members;
    const Step in{.before = where, .word = {}, .type = id};
    if (const Given* twice = contract::detail::in_order(given))
      return wrong(twice->at, &in,
                   contract::detail::is_twice(Kind::flags, members[twice->member].name));
    std::vector<std::string> names;
    for (const Given& flag : given) names.push_back(members[flag.member].name);
    out = Value::flags(std::move(names));
    advance();
    return true;
  }

  // Whether a value of this type may stand for an option or a result that has it.
  [[nodiscard]] bool may_be_flat(TypeId id) const {
    if (id == kNone) return false;
    const Kind kind = contract::detail::kind_of(contract_, id);
    return kind != Kind::option && kind != Kind::result;
  }

  bool option(TypeId id, const Step* where, Value& out) {
    const TypeId type = part(contract_, id, 0);
    if (token_.is_label("none")) {
      advance();
      out = Value::none();
      return true;
    }
    if (token_.is_label("some")) {
      const Step step{.before = where, .word = "the value"};
      advance();
      Payload read;
      if (!payload(id, type, step, read)) return false;
      out = Value::option(std::move(read));
      return true;
    }
    if (!may_be_flat(type)) return mismatch(id, where);
    const Step step{.before = where, .word = {}, .type = id};
    Value value;
    if (!this->value(type, &step, value)) return false;
    out = Value::some(std::move(value));
    return true;
  }

  bool result(TypeId id, const Step* where, Value& out) {
    const bool is_error = token_.is_label("err");
    if (is_error || token_.is_label("ok")) {
      const Step step{.before = where, .word = is_error ? "the error value" : "the ok value"};
      advance();
      Payload read;
      if (!payload(id, part(contract_, id, is_error ? 1 : 0), step, read)) return false;
      out = is_error ? Value::error(std::move(read)) : Value::ok(std::move(read));
      return true;
    }
    const TypeId ok = part(contract_, id, 0);
    if (!may_be_flat(ok)) return mismatch(id, where);
    const Step step{.before = where, .word = {}, .type = id};
    Value value;
    if (!this->value(ok, &step, value)) return false;
    out = Value::ok(std::move(value));
    return true;
  }

  // `cart(1)`
  bool handle(TypeId id, const Step* where, Value& out) {
    std::string name = contract::detail::resource_name(contract_.types[id]);
    if (token_.kind != Token::Kind::label || is_keyword(token_.text) || token_.label() != name)
      return mismatch(id, where);
    advance();
    std::uint32_t handle = 0;
    if (!expect('(', id, where)) return false;
    if (token_.kind != Token::Kind::number ||
        contract::detail::read_number(token_.text, handle) != Read::good)
      return wrong(token_.at, where,
                   concat("expected the number of a handle, found ", found(), for_example(id)));
    advance();
    out = Value::handle(std::move(name), handle);
    return expect(')', id, where);
  }

  const Contract& contract_;
  std::string_view text_;
  Lexer lexer_;
  Token token_;
  contract::detail::MemberIndex members_;
  int depth_ = 0;
  TextError error_;
};

}  // namespace

std::expected<Value, TextError> read_value(const Contract& contract, TypeId type,
                                           std::string_view text) {
  if (auto error = contract::detail::not_utf8(text)) return std::unexpected(std::move(*error));
  Reader reader(contract, text, 0);
  Value value;
  if (!reader.value(type, nullptr, value) || !reader.end()) return std::unexpected(reader.error());
  return value;
}

std::expected<std::vector<Value>, TextError> read_arguments(const Contract& contract,
                                                            const Function& function, Form form,
                                                            std::string_view text,
                                                            std::size_t from) {
  if (auto error = contract::detail::not_utf8(text)) return std::unexpected(std::move(*error));
  Reader reader(contract, text, from);
  std::vector<Value> arguments;
  if (!reader.arguments(function, form, arguments) || !reader.end())
    return std::unexpected(reader.error());
  return arguments;
}

}  // namespace mortise::wave::detail
