//! Types as Zig spells them, and as it declares them.

use wit_parser::{Docs, Flags, Handle, Type, TypeDef, TypeDefKind, TypeId};

use super::names::{declared, member};
use super::world::{Side, World};
use crate::names::snake;

/// Where a type is spelled.
pub struct Speller<'a> {
    pub world: &'a World<'a>,
    /// Of the interface that it is used in.
    pub side: Side,
    pub at: At<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum At<'a> {
    /// The bindings themselves, which are `world` elsewhere.
    Bindings,
    /// The plugin's source, where it implements "exports.carts".
    Plugin(&'a str),
    /// What people read: what "imports.stock" has goes without that.
    Listing(&'a str),
}

impl Speller<'_> {
    pub fn result(&self, result: &Option<Type>) -> String {
        result.as_ref().map_or("void".to_string(), |ty| self.ty(ty))
    }

    pub fn ty(&self, ty: &Type) -> String {
        let plain = match ty {
            Type::Id(id) => return self.id(*id),
            Type::Bool => "bool",
            Type::U8 => "u8",
            Type::U16 => "u16",
            Type::U32 => "u32",
            Type::U64 => "u64",
            Type::S8 => "i8",
            Type::S16 => "i16",
            Type::S32 => "i32",
            Type::S64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::Char => "u21",
            Type::String => "[]const u8",
            Type::ErrorContext => unreachable!("it is refused"),
        };
        plain.to_string()
    }

    fn id(&self, id: TypeId) -> String {
        let def = &self.world.resolve.types[id];
        if def.name.is_some() {
            return self.named(self.side, id);
        }
        self.anonymous(&def.kind)
    }

    pub fn named(&self, side: Side, id: TypeId) -> String {
        let (_, space, name) = self.world.place(side, id);
        match self.at {
            At::Bindings => format!("{space}.{name}"),
            At::Listing(own) if own == space => name.to_string(),
            At::Plugin(_) | At::Listing(_) => format!("world.{space}.{name}"),
        }
    }

    fn canon(&self) -> &'static str {
        match self.at {
            At::Bindings => "canon",
            At::Plugin(_) | At::Listing(_) => "world",
        }
    }

    fn anonymous(&self, kind: &TypeDefKind) -> String {
        let or_void = |ty: &Option<Type>| ty.as_ref().map_or("void".to_string(), |t| self.ty(t));
        match kind {
            TypeDefKind::Option(ty) => format!("?{}", self.ty(ty)),
            TypeDefKind::List(ty) => format!("[]const {}", self.ty(ty)),
            TypeDefKind::FixedLengthList(ty, len) => format!("[{len}]{}", self.ty(ty)),
            TypeDefKind::Map(key, value) => format!("[]const {}", self.tuple(&[*key, *value])),
            TypeDefKind::Tuple(tuple) => self.tuple(&tuple.types),
            TypeDefKind::Result(result) => {
                let (ok, err) = (or_void(&result.ok), or_void(&result.err));
                format!("{}.Result({ok}, {err})", self.canon())
            }
            TypeDefKind::Handle(Handle::Own(id)) => self.id(*id),
            TypeDefKind::Handle(Handle::Borrow(id)) => self.borrow(*id),
            TypeDefKind::Type(ty) => self.ty(ty),
            _ => unreachable!("it has a name, or is refused"),
        }
    }

    fn tuple(&self, types: &[Type]) -> String {
        let all: Vec<String> = types.iter().map(|ty| self.ty(ty)).collect();
        format!("struct {{ {} }}", all.join(", "))
    }

    /// What methods of the host's resources are called on: the handle, whoever owns it.
    pub fn receiver(&self, ty: &Type) -> String {
        if let Type::Id(id) = ty
            && let TypeDefKind::Handle(Handle::Borrow(of)) = &self.world.resolve.types[*id].kind
        {
            return self.id(*of);
        }
        self.ty(ty)
    }

    /// A resource of the plugin's own comes as what is behind its handle.
    fn borrow(&self, id: TypeId) -> String {
        let resource = self.world.resource(id);
        let (side, space, name) = self.world.place(self.side, resource);
        if side == Side::Import {
            return format!("{}.Borrow({})", self.canon(), self.id(id));
        }
        match self.at {
            At::Bindings => format!("*{}", state(space, name)),
            At::Plugin(own) if own == space => format!("*{name}"),
            At::Plugin(_) | At::Listing(_) => format!("*world.{space}.{name}.State"),
        }
    }

    /// The declaration of a named type but a resource's, `indent` spaces in.
    pub fn declaration(&self, id: TypeId, name: &str, indent: usize) -> String {
        let def = &self.world.resolve.types[id];
        let body = if self.side == Side::Export && self.world.is_shared(id) {
            self.named(Side::Import, id)
        } else {
            self.body(def, indent)
        };
        let docs = docs(&def.docs, indent);
        let margin = " ".repeat(indent);
        format!("{docs}{margin}pub const {} = {body};\n", declared(name))
    }

    fn body(&self, def: &TypeDef, indent: usize) -> String {
        let members = |lines: Vec<(&Docs, String)>| -> String {
            let margin = " ".repeat(indent + 4);
            let one = |(about, line): (&Docs, String)| {
                format!("{}{margin}{line},\n", docs(about, indent + 4))
            };
            lines.into_iter().map(one).collect()
        };
        let (head, body) = match &def.kind {
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let field = |name, ty| format!("{}: {}", member(&snake(name)), self.ty(ty));
                let all = fields.map(|f| (&f.docs, field(&f.name, &f.ty)));
                ("struct".to_string(), members(all.collect()))
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| {
                    let ty = case.ty.as_ref().map(|ty| format!(": {}", self.ty(ty)));
                    let name = member(&snake(&case.name));
                    (&case.docs, name + &ty.unwrap_or_default())
                });
                ("union(enum)".to_string(), members(cases.collect()))
            }
            TypeDefKind::Enum(found) => {
                let cases = found.cases.iter();
                let bits = bits_of_cases(found.cases.len());
                let all = cases.map(|case| (&case.docs, member(&snake(&case.name))));
                (format!("enum(u{bits})"), members(all.collect()))
            }
            TypeDefKind::Flags(flags) => {
                let bits = bits_of_flags(flags);
                let each = flags.flags.iter();
                let all = each.map(|f| {
                    (
                        &f.docs,
                        format!("{}: bool = false", member(&snake(&f.name))),
                    )
                });
                let padding = match bits - flags.flags.len() {
                    0 => String::new(),
                    rest => format!("{}_: u{rest} = 0,\n", " ".repeat(indent + 4)),
                };
                (
                    format!("packed struct(u{bits})"),
                    members(all.collect()) + &padding,
                )
            }
            kind => return self.anonymous(kind),
        };
        format!("{head} {{\n{body}{}}}", " ".repeat(indent))
    }
}

/// The plugin's own type that is behind handles of "exports.carts" "Cart".
pub fn state(space: &str, name: &str) -> String {
    let interface = space.strip_prefix("exports.").unwrap_or(space);
    format!("plugin.{interface}.{name}")
}

fn bits_of_cases(count: usize) -> usize {
    match count {
        0..=0x100 => 8,
        0x101..=0x1_0000 => 16,
        _ => 32,
    }
}

fn bits_of_flags(flags: &Flags) -> usize {
    match flags.flags.len() {
        0..=8 => 8,
        9..=16 => 16,
        _ => 32,
    }
}

pub fn docs(docs: &Docs, indent: usize) -> String {
    doc_lines(docs.contents.as_deref(), indent)
}

pub fn doc_lines(text: Option<&str>, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let lines = text.unwrap_or_default().trim_end().lines();
    lines
        .map(|line| format!("{margin}/// {line}").trim_end().to_string() + "\n")
        .collect()
}
