//! What a component says of itself, written down for C++ (`contract/detail/decode.cpp` reads it).
//!
//! Two sources, one form: the WIT that the component carries, which has all names and explains;
//! and the engine's own types, which have none and decide.
//!
//! The form, little-endian, counts and numbers as u32, text as a count and UTF-8:
//! ```text
//! contract  = types:list(type) imports:list(interface) exports:list(interface)
//! type      = kind:u8 name:text owner:text length:u32 members:list(member)
//! member    = name:text type:u32            (NONE: no payload)
//! interface = name:text functions:list(function) types:list(declared)   (no name: the world itself)
//! function  = name:text async:u8 params:list(member) result:u32
//! declared  = name:text type:u32 used:u8
//! ```
//! Types refer to types before them, or to themselves never: the list is in order of need, and no
//! type is nested deeper than DEPTH. `owner` is for handles alone, where their resource is declared:
//! "import acme:shop/store". Who compiles needs no declared types, and gets none.

mod reflection;
mod wit;

pub use reflection::{Declared, reflect};
pub use wit::{Listing, decode, decode_component, of_world};

use crate::component::Direction;

const NONE: u32 = u32::MAX;

/// How deep types may be nested: those who read them are as deep in recursion, on the host's threads.
const DEPTH: usize = 100;

/// `mortise::abi::Kind`, number for number.
#[repr(u8)]
#[derive(Clone, Copy)]
enum K {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    List,
    FixedList,
    Map,
    Record,
    Tuple,
    Variant,
    Enum,
    Flags,
    Option,
    Result,
    Own,
    Borrow,
    Stream,
    Future,
    ErrorContext,
}

#[derive(Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn number(&mut self, n: usize) {
        // Bounded by the size of the input, which is below 4 GiB.
        self.bytes.extend_from_slice(&(n as u32).to_le_bytes());
    }

    pub fn long(&mut self, n: u64) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    pub fn text(&mut self, text: &str) {
        self.number(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub fn texts(&mut self, all: &[String]) {
        self.number(all.len());
        all.iter().for_each(|text| self.text(text));
    }
}

/// The table of types, each written once.
#[derive(Default)]
struct Types {
    count: u32,
    body: Writer,
    /// How deep each type is nested.
    nesting: Vec<usize>,
}

type Member = (String, u32);

impl Types {
    fn add(&mut self, kind: K, name: &str, length: u32, members: &[Member]) -> u32 {
        self.write(kind, name, "", length, members)
    }

    fn handle(&mut self, kind: K, name: &str, owner: &str) -> u32 {
        self.write(kind, name, owner, 0, &[])
    }

    fn write(&mut self, kind: K, name: &str, owner: &str, length: u32, members: &[Member]) -> u32 {
        self.body.bytes.push(kind as u8);
        self.body.text(name);
        self.body.text(owner);
        self.body.number(length as usize);
        write_members(&mut self.body, members);
        let parts = members.iter().filter(|(_, ty)| *ty != NONE);
        let deepest = parts.map(|(_, ty)| self.nesting[*ty as usize]).max();
        self.nesting.push(deepest.unwrap_or(0) + 1);
        self.count += 1;
        self.count - 1
    }

    fn plain(&mut self, kind: K) -> u32 {
        self.add(kind, "", 0, &[])
    }

    fn of(&mut self, kind: K, members: &[u32]) -> u32 {
        let members: Vec<Member> = members.iter().map(|m| (String::new(), *m)).collect();
        self.add(kind, "", 0, &members)
    }
}

fn write_members(out: &mut Writer, members: &[Member]) {
    out.number(members.len());
    for (name, ty) in members {
        out.text(name);
        out.number(*ty as usize);
    }
}

struct Signature {
    name: String,
    asynchronous: bool,
    params: Vec<Member>,
    result: u32,
}

struct Declaration {
    name: String,
    ty: u32,
    used: bool,
}

#[derive(Default)]
struct Written {
    name: String,
    functions: Vec<Signature>,
    types: Vec<Declaration>,
}

type Interfaces = Vec<Written>;

fn write(types: Types, imports: &Interfaces, exports: &Interfaces) -> Vec<u8> {
    let mut out = Writer::default();
    out.number(types.count as usize);
    out.bytes.extend_from_slice(&types.body.bytes);
    for interfaces in [imports, exports] {
        out.number(interfaces.len());
        for interface in interfaces {
            out.text(&interface.name);
            out.number(interface.functions.len());
            for function in &interface.functions {
                out.text(&function.name);
                out.bytes.push(function.asynchronous as u8);
                write_members(&mut out, &function.params);
                out.number(function.result as usize);
            }
            out.number(interface.types.len());
            for declared in &interface.types {
                out.text(&declared.name);
                out.number(declared.ty as usize);
                out.bytes.push(declared.used as u8);
            }
        }
    }
    out.bytes
}

pub fn empty() -> Vec<u8> {
    write(Types::default(), &vec![], &vec![])
}

/// Where a resource is declared, in one word.
pub fn owner(direction: Direction, interface: &str) -> String {
    let word = match direction {
        Direction::Import => "import",
        Direction::Export => "export",
    };
    format!("{word} {interface}").trim_end().to_string()
}
