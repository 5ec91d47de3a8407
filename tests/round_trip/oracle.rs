//! `round-trip-oracle GUEST.wasm CALLS`: makes each call of a file again, through Wasmtime's own
//! dynamic values, and compares the answers. Each line is a call:
//!
//! ```text
//! echo.option-u64<TAB>(some(7))<TAB>some(7)
//! ```
//!
//! interface and function, the arguments, and the answer that Mortise got. Values are written as in
//! WAVE, the text format of the component model, with a few choices made so that a value has one
//! text: `some(..)` is always there, floats are in scientific notation, what is not printable ASCII
//! is `\u{..}`. A map is a list of pairs.
//!
//! Fails if an answer differs, or if a function of the guest was never called.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::io::{BufRead, BufReader};
use std::process::ExitCode;
use std::{env, fs};

use wasmtime::component::types::{Case, ComponentItem};
use wasmtime::component::{Component, Func, Instance, Linker, Type, Val};
use wasmtime::error::Context;
use wasmtime::{Config, Engine, Result, Store, bail};

const PACKAGE: &str = "test:round-trip";
/// More of them say nothing new.
const SHOWN: usize = 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [guest, calls] = arguments.as_slice() else {
        eprintln!("usage: round-trip-oracle GUEST.wasm CALLS");
        return ExitCode::from(2);
    };
    match run(guest, calls) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("round-trip-oracle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all of it agrees.
fn run(guest: &str, calls: &str) -> Result<bool> {
    let mut guest = Guest::load(guest)?;
    let mut called = BTreeSet::new();
    let (mut total, mut wrong) = (0, 0);
    let file = fs::File::open(calls).with_context(|| calls.to_string())?;
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line?;
        let parts: Vec<&str> = line.split('\t').collect();
        let [name, arguments, answer] = parts[..] else {
            bail!("{calls}:{number}: not a call");
        };
        let (ours, theirs) = guest
            .call(name, arguments, answer)
            .with_context(|| format!("{calls}:{number}: {name}{arguments}"))?;
        total += 1;
        if !called.contains(name) {
            called.insert(name.to_string());
        }
        if ours != theirs {
            wrong += 1;
            if wrong <= SHOWN {
                eprintln!(
                    "{calls}:{number}: {name}{arguments}\n  mortise:  {theirs}\n  wasmtime: {ours}"
                );
            }
        }
    }
    let missed: Vec<_> = guest.functions()?.difference(&called).cloned().collect();
    for name in &missed {
        eprintln!("{name} was never called");
    }
    println!(
        "{total} calls of {} functions, {wrong} answers differ",
        called.len()
    );
    Ok(wrong == 0 && missed.is_empty() && total > 0)
}

struct Guest {
    engine: Engine,
    component: Component,
    store: Store<()>,
    instance: Instance,
}

impl Guest {
    fn load(path: &str) -> Result<Guest> {
        let mut config = Config::new();
        config
            .wasm_component_model(true)
            .wasm_component_model_fixed_length_lists(true)
            .wasm_component_model_map(true);
        let engine = Engine::new(&config)?;
        let component = Component::from_file(&engine, path).with_context(|| path.to_string())?;
        let mut linker = Linker::new(&engine);
        for (interface, item) in component.component_type().imports(&engine) {
            let ComponentItem::ComponentInstance(functions) = item.ty else {
                bail!("it imports {interface}, which is no interface");
            };
            let mut linker = linker.instance(interface)?;
            for (function, item) in functions.exports(&engine) {
                if !matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                    continue;
                }
                linker.func_new(function, |_, _, arguments, results| {
                    if let [result] = results {
                        *result = match arguments {
                            [one] => one.clone(),
                            several => Val::Tuple(several.to_vec()),
                        };
                    }
                    Ok(())
                })?;
            }
        }
        let mut store = Store::new(&engine, ());
        let instance = linker.instantiate(&mut store, &component)?;
        Ok(Guest {
            engine,
            component,
            store,
            instance,
        })
    }

    /// All that it exports, as `interface.function`.
    fn functions(&self) -> Result<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        for (interface, item) in self.component.component_type().exports(&self.engine) {
            let ComponentItem::ComponentInstance(functions) = item.ty else {
                bail!("it exports {interface}, which is no interface");
            };
            let short = interface.rsplit('/').next().unwrap_or(interface);
            for (function, item) in functions.exports(&self.engine) {
                if matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                    all.insert(format!("{short}.{function}"));
                }
            }
        }
        Ok(all)
    }

    fn find(&mut self, name: &str) -> Option<Func> {
        let (interface, function) = name.split_once('.')?;
        let interface = format!("{PACKAGE}/{interface}");
        let of = self
            .instance
            .get_export_index(&mut self.store, None, &interface)?;
        let index = self
            .instance
            .get_export_index(&mut self.store, Some(&of), function)?;
        self.instance.get_func(&mut self.store, index)
    }

    /// Its answer, and that of Mortise: written by one hand, because several decimals can be the
    /// shortest for a float.
    fn call(&mut self, name: &str, arguments: &str, answer: &str) -> Result<(String, String)> {
        let function = self.find(name).context("there is no such function")?;
        let ty = function.ty(&self.store);
        let mut reader = Reader(arguments);
        let mut values = Vec::new();
        reader.expect("(")?;
        for (i, (_, ty)) in ty.params().enumerate() {
            if i > 0 {
                reader.expect(", ")?;
            }
            values.push(reader.value(&ty)?);
        }
        reader.expect(")")?;
        reader.end()?;
        let mut results = vec![Val::Bool(false); ty.results().len()];
        function.call(&mut self.store, &values, &mut results)?;
        let theirs = match ty.results().next() {
            None => answer.to_string(),
            Some(_) if answer.starts_with("failure: ") => answer.to_string(),
            Some(ty) => {
                let mut reader = Reader(answer);
                let value = reader.value(&ty)?;
                reader.end()?;
                Text(&value).to_string()
            }
        };
        let ours = match results.as_slice() {
            [] => "()".to_string(),
            [one] => Text(one).to_string(),
            _ => bail!("it has several results"),
        };
        Ok((ours, theirs))
    }
}

// ---- Reading ----

/// What is left of a text.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn take(&mut self, text: &str) -> bool {
        match self.0.strip_prefix(text) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }
    fn expect(&mut self, text: &str) -> Result<()> {
        if self.take(text) {
            return Ok(());
        }
        bail!("`{text}` should be where this is: {:.40}", self.0)
    }
    fn end(&self) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        bail!("more than the arguments: {:.40}", self.0)
    }

    /// Up to something that no name or number has.
    fn word(&mut self) -> &'a str {
        let end = self
            .0
            .find(|c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c));
        let (word, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        word
    }
    fn parsed<T: std::str::FromStr>(&mut self) -> Result<T> {
        let word = self.word();
        match word.parse() {
            Ok(value) => Ok(value),
            Err(_) => bail!("`{word}` is no {}", std::any::type_name::<T>()),
        }
    }

    /// A character, unless `quote` is next.
    fn character(&mut self, quote: char) -> Result<Option<char>> {
        let mut characters = self.0.chars();
        let next = characters.next();
        if next == Some(quote) {
            return Ok(None);
        }
        if self.take("\\u{") {
            let code = u32::from_str_radix(self.word(), 16)?;
            self.expect("}")?;
            return Ok(Some(char::from_u32(code).context("no character")?));
        }
        self.0 = characters.as_str();
        next.context("a text without end").map(Some)
    }

    fn list(
        &mut self,
        end: &str,
        mut each: impl FnMut(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        for i in 0.. {
            if self.take(end) {
                break;
            }
            if i > 0 {
                self.expect(", ")?;
            }
            each(self, i)?;
        }
        Ok(())
    }

    /// What a case carries: in parentheses, if anything.
    fn payload(&mut self, ty: Option<Type>) -> Result<Option<Box<Val>>> {
        let Some(ty) = ty else { return Ok(None) };
        self.expect("(")?;
        let value = self.value(&ty)?;
        self.expect(")")?;
        Ok(Some(Box::new(value)))
    }

    fn value(&mut self, ty: &Type) -> Result<Val> {
        Ok(match ty {
            Type::Bool => Val::Bool(self.parsed()?),
            Type::S8 => Val::S8(self.parsed()?),
            Type::U8 => Val::U8(self.parsed()?),
            Type::S16 => Val::S16(self.parsed()?),
            Type::U16 => Val::U16(self.parsed()?),
            Type::S32 => Val::S32(self.parsed()?),
            Type::U32 => Val::U32(self.parsed()?),
            Type::S64 => Val::S64(self.parsed()?),
            Type::U64 => Val::U64(self.parsed()?),
            Type::Float32 => Val::Float32(self.parsed()?),
            Type::Float64 => Val::Float64(self.parsed()?),
            Type::Char => {
                self.expect("'")?;
                let character = self.character('\'')?.context("no character")?;
                self.expect("'")?;
                Val::Char(character)
            }
            Type::String => {
                self.expect("\"")?;
                let mut text = String::new();
                while let Some(character) = self.character('"')? {
                    text.push(character);
                }
                self.expect("\"")?;
                Val::String(text)
            }
            Type::List(list) => Val::List(self.elements(&list.ty())?),
            Type::FixedLengthList(list) => Val::FixedLengthList(self.elements(&list.ty())?),
            Type::Map(map) => {
                let mut entries = Vec::new();
                self.expect("[")?;
                self.list("]", |this, _| {
                    this.expect("(")?;
                    let key = this.value(&map.key())?;
                    this.expect(", ")?;
                    entries.push((key, this.value(&map.value())?));
                    this.expect(")")
                })?;
                Val::Map(entries)
            }
            Type::Record(record) => {
                let mut fields = Vec::new();
                for (i, field) in record.fields().enumerate() {
                    self.expect(if i == 0 { "{" } else { ", " })?;
                    self.expect(field.name)?;
                    self.expect(": ")?;
                    fields.push((field.name.to_string(), self.value(&field.ty)?));
                }
                self.expect("}")?;
                Val::Record(fields)
            }
            Type::Tuple(tuple) => {
                let mut parts = Vec::new();
                for (i, ty) in tuple.types().enumerate() {
                    self.expect(if i == 0 { "(" } else { ", " })?;
                    parts.push(self.value(&ty)?);
                }
                self.expect(")")?;
                Val::Tuple(parts)
            }
            Type::Variant(variant) => {
                let name = self.word();
                let case: Option<Case> = variant.cases().find(|case| case.name == name);
                let case = case.with_context(|| format!("no case is called {name}"))?;
                Val::Variant(name.to_string(), self.payload(case.ty)?)
            }
            Type::Enum(_) => Val::Enum(self.word().to_string()),
            Type::Option(option) => Val::Option(match self.word() {
                "some" => self.payload(Some(option.ty()))?,
                "none" => None,
                word => bail!("`{word}` is no option"),
            }),
            Type::Result(result) => Val::Result(match self.word() {
                "ok" => Ok(self.payload(result.ok())?),
                "err" => Err(self.payload(result.err())?),
                word => bail!("`{word}` is no result"),
            }),
            Type::Flags(_) => {
                let mut names = Vec::new();
                self.expect("{")?;
                self.list("}", |this, _| {
                    names.push(this.word().to_string());
                    Ok(())
                })?;
                Val::Flags(names)
            }
            other => bail!("no values of {other:?} are read"),
        })
    }

    fn elements(&mut self, ty: &Type) -> Result<Vec<Val>> {
        let mut elements = Vec::new();
        self.expect("[")?;
        self.list("]", |this, _| {
            elements.push(this.value(ty)?);
            Ok(())
        })?;
        Ok(elements)
    }
}

// ---- Writing ----

struct Text<'a>(&'a Val);

impl fmt::Display for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Val::Bool(v) => write!(out, "{v}"),
            Val::S8(v) => write!(out, "{v}"),
            Val::U8(v) => write!(out, "{v}"),
            Val::S16(v) => write!(out, "{v}"),
            Val::U16(v) => write!(out, "{v}"),
            Val::S32(v) => write!(out, "{v}"),
            Val::U32(v) => write!(out, "{v}"),
            Val::S64(v) => write!(out, "{v}"),
            Val::U64(v) => write!(out, "{v}"),
            Val::Float32(v) if v.is_nan() => out.write_str("nan"),
            Val::Float64(v) if v.is_nan() => out.write_str("nan"),
            Val::Float32(v) => write!(out, "{v:e}"),
            Val::Float64(v) => write!(out, "{v:e}"),
            Val::Char(v) => {
                out.write_char('\'')?;
                character(out, *v)?;
                out.write_char('\'')
            }
            Val::String(text) => {
                out.write_char('"')?;
                for c in text.chars() {
                    character(out, c)?;
                }
                out.write_char('"')
            }
            Val::List(elements) | Val::FixedLengthList(elements) => {
                each(out, "[", elements, "]", |out, v| Text(v).fmt(out))
            }
            Val::Map(entries) => each(out, "[", entries, "]", |out, (key, value)| {
                write!(out, "({}, {})", Text(key), Text(value))
            }),
            Val::Record(fields) => each(out, "{", fields, "}", |out, (name, value)| {
                write!(out, "{name}: {}", Text(value))
            }),
            Val::Tuple(parts) => each(out, "(", parts, ")", |out, v| Text(v).fmt(out)),
            Val::Variant(name, payload) => case(out, name, payload),
            Val::Enum(name) => out.write_str(name),
            Val::Option(None) => out.write_str("none"),
            Val::Option(value) => case(out, "some", value),
            Val::Result(Ok(value)) => case(out, "ok", value),
            Val::Result(Err(value)) => case(out, "err", value),
            Val::Flags(names) => each(out, "{", names, "}", |out, name| out.write_str(name)),
            other => write!(out, "no text for {other:?}"),
        }
    }
}

fn character(out: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    match c {
        ' '..='~' if !"\"'\\".contains(c) => out.write_char(c),
        _ => write!(out, "\\u{{{:x}}}", u32::from(c)),
    }
}

fn each<T>(
    out: &mut fmt::Formatter<'_>,
    start: &str,
    parts: &[T],
    end: &str,
    write: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    out.write_str(start)?;
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.write_str(", ")?;
        }
        write(out, part)?;
    }
    out.write_str(end)
}

fn case(out: &mut fmt::Formatter<'_>, name: &str, payload: &Option<Box<Val>>) -> fmt::Result {
    out.write_str(name)?;
    match payload {
        Some(value) => write!(out, "({})", Text(value)),
        None => Ok(()),
    }
}
