//! How values lie in memory and in what core functions pass, and how they get there: the half of the
//! Canonical ABI that knows nothing of functions.

const std = @import("std");
const builtin = @import("builtin");
const traps = @import("traps.zig");
const Allocator = std.mem.Allocator;

/// Where address 0 is. Only tests have it elsewhere: they have pointers of 64 bits.
pub var origin: if (builtin.target.cpu.arch.isWasm()) u0 else usize = 0;

pub fn addressOf(pointer: anytype) u32 {
    return @intCast(@intFromPtr(pointer) - origin);
}

pub fn pointerTo(address: u32) [*]u8 {
    return @ptrFromInt(@as(usize, address) + origin);
}

// Scalars: one core value, a few bytes.

pub fn isScalar(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .bool, .int, .float, .@"enum" => true,
        .pointer => |pointer| pointer.size == .one,
        .@"struct" => |record| record.layout == .@"packed",
        else => false,
    };
}

/// How a scalar lies in memory.
fn Bits(comptime T: type) type {
    return switch (@typeInfo(T)) {
        .bool => u8,
        .int => |int| @Int(.unsigned, if (T == u21) 32 else int.bits),
        .float => |float| @Int(.unsigned, float.bits),
        .@"enum" => |names| names.tag_type,
        .@"struct" => |flags| flags.backing_integer.?,
        .pointer => u32,
        else => unreachable,
    };
}

fn toBits(value: anytype) Bits(@TypeOf(value)) {
    return switch (@typeInfo(@TypeOf(value))) {
        .bool => @intFromBool(value),
        .int => if (@TypeOf(value) == u21) value else @bitCast(value),
        .float, .@"struct" => @bitCast(value),
        .@"enum" => @backingInt(value),
        .pointer => addressOf(value),
        else => unreachable,
    };
}

fn fromBits(comptime T: type, bits: Bits(T)) T {
    return switch (@typeInfo(T)) {
        .bool => bits != 0,
        .int => if (T == u21) @truncate(bits) else @bitCast(bits),
        .float, .@"struct" => @bitCast(bits),
        .@"enum" => @fromBackingInt(bits),
        .pointer => @ptrCast(@alignCast(pointerTo(bits))),
        else => unreachable,
    };
}

/// As which core value a scalar is passed: u32 and u64 stand for i32 and i64.
fn Core(comptime T: type) type {
    return switch (@typeInfo(T)) {
        .float => T,
        else => if (@bitSizeOf(Bits(T)) == 64) u64 else u32,
    };
}

fn toCore(value: anytype) Core(@TypeOf(value)) {
    return switch (@typeInfo(@TypeOf(value))) {
        .float => value,
        .int => |int| switch (int.signedness) {
            .signed => @bitCast(@as(@Int(.signed, @bitSizeOf(Core(@TypeOf(value)))), value)),
            .unsigned => value,
        },
        else => toBits(value),
    };
}

fn fromCore(comptime T: type, value: Core(T)) T {
    return switch (@typeInfo(T)) {
        .float => value,
        else => fromBits(T, @truncate(value)),
    };
}

// Canonical ABI: alignment, elem_size. Of memory with addresses of 32 bits.

pub fn alignOf(comptime T: type) comptime_int {
    if (isScalar(T)) return @divExact(@bitSizeOf(Bits(T)), 8);
    return switch (@typeInfo(T)) {
        .void => 1,
        .pointer => 4,
        .array => |array| alignOf(array.child),
        .@"struct" => |record| alignOfAll(record.field_types),
        .optional => |optional| alignOfCases(&.{ void, optional.child }),
        .@"union" => |variant| alignOfCases(variant.field_types),
        else => @compileError(@typeName(T) ++ " is no type of WIT"),
    };
}

pub fn sizeOf(comptime T: type) comptime_int {
    if (isScalar(T)) return @divExact(@bitSizeOf(Bits(T)), 8);
    return switch (@typeInfo(T)) {
        .void => 0,
        .pointer => 8,
        .array => |array| array.len * sizeOf(array.child),
        .@"struct" => |record| sizeOfAll(record.field_types),
        .optional => |optional| sizeOfCases(&.{ void, optional.child }),
        .@"union" => |variant| sizeOfCases(variant.field_types),
        else => unreachable,
    };
}

fn alignForward(comptime end: comptime_int, comptime alignment: comptime_int) comptime_int {
    return std.mem.alignForward(usize, end, alignment);
}

pub fn alignOfAll(comptime types: []const type) comptime_int {
    var most: comptime_int = 1;
    for (types) |T| most = @max(most, alignOf(T));
    return most;
}

pub fn sizeOfAll(comptime types: []const type) comptime_int {
    return alignForward(offsetOf(types, types.len), alignOfAll(types));
}

/// Where a field is, or the end of the last.
fn offsetOf(comptime types: []const type, comptime index: usize) comptime_int {
    @setEvalBranchQuota(100_000);
    var end: comptime_int = 0;
    for (types[0..index]) |T| end = alignForward(end, alignOf(T)) + sizeOf(T);
    return if (index < types.len) alignForward(end, alignOf(types[index])) else end;
}

fn Discriminant(comptime cases: []const type) type {
    return if (cases.len <= 1 << 8) u8 else if (cases.len <= 1 << 16) u16 else u32;
}

fn alignOfCases(comptime cases: []const type) comptime_int {
    return @max(alignOf(Discriminant(cases)), alignOfAll(cases));
}

fn sizeOfCases(comptime cases: []const type) comptime_int {
    var most: comptime_int = 0;
    for (cases) |T| most = @max(most, sizeOf(T));
    return alignForward(payloadOffset(cases) + most, alignOfCases(cases));
}

fn payloadOffset(comptime cases: []const type) comptime_int {
    return alignForward(sizeOf(Discriminant(cases)), alignOfAll(cases));
}

// Canonical ABI: flatten_types, flatten_variant, join.

pub fn flatten(comptime types: []const type) []const type {
    @setEvalBranchQuota(100_000);
    var all: []const type = &.{};
    for (types) |T| all = all ++ flattenOne(T);
    return all;
}

fn flattenOne(comptime T: type) []const type {
    if (isScalar(T)) return &.{Core(T)};
    return switch (@typeInfo(T)) {
        .void => &.{},
        .pointer => &.{ u32, u32 },
        .array => |array| flatten(&@as([array.len]type, @splat(array.child))),
        .@"struct" => |record| flatten(record.field_types),
        .optional => |optional| flattenCases(&.{ void, optional.child }),
        .@"union" => |variant| flattenCases(variant.field_types),
        else => unreachable,
    };
}

fn flattenCases(comptime cases: []const type) []const type {
    var all: []const type = &.{};
    for (cases) |Case| {
        const own = flattenOne(Case);
        const common = @min(own.len, all.len);
        var joined: []const type = &.{};
        for (own[0..common], all[0..common]) |A, B| joined = joined ++ .{join(A, B)};
        all = joined ++ all[common..] ++ own[common..];
    }
    return .{u32} ++ all;
}

fn join(comptime A: type, comptime B: type) type {
    if (A == B) return A;
    return if (@bitSizeOf(A) == 32 and @bitSizeOf(B) == 32) u32 else u64;
}

/// A core value of a variant's, as it or a case of it has it.
fn convert(comptime To: type, value: anytype) To {
    const From = @TypeOf(value);
    if (From == To) return value;
    const bits: @Int(.unsigned, @bitSizeOf(From)) = @bitCast(value);
    const wanted: @Int(.unsigned, @bitSizeOf(To)) = if (@bitSizeOf(To) < @bitSizeOf(From)) @truncate(bits) else bits;
    return @bitCast(wanted);
}

// Places: where a value lies, and where its parts do.

pub const InMemory = struct {
    at: [*]u8,

    fn get(place: InMemory, comptime T: type) T {
        return fromBits(T, std.mem.readInt(Bits(T), place.at[0..sizeOf(T)], .little));
    }

    fn set(place: InMemory, value: anytype) void {
        const T = @TypeOf(value);
        std.mem.writeInt(Bits(T), place.at[0..sizeOf(T)], toBits(value), .little);
    }

    fn part(place: InMemory, comptime types: []const type, comptime index: usize) InMemory {
        return .{ .at = place.at + offsetOf(types, index) };
    }

    fn payload(place: InMemory, comptime cases: []const type) InMemory {
        return .{ .at = place.at + payloadOffset(cases) };
    }

    fn element(place: InMemory, comptime T: type, index: usize) InMemory {
        return .{ .at = place.at + index * sizeOf(T) };
    }
};

pub fn InCore(comptime slots: []const type, comptime at: usize) type {
    return struct {
        values: *@Tuple(slots),

        const Self = @This();

        fn get(place: Self, comptime T: type) T {
            return fromCore(T, convert(Core(T), place.values[at]));
        }

        fn set(place: Self, value: anytype) void {
            place.values[at] = convert(slots[at], toCore(value));
        }

        fn part(place: Self, comptime types: []const type, comptime index: usize) //
        InCore(slots, at + flatten(types[0..index]).len) {
            return .{ .values = place.values };
        }

        fn payload(place: Self, comptime _: []const type) InCore(slots, at + 1) {
            return .{ .values = place.values };
        }

        /// Of few elements: these are at most 16 values.
        fn element(place: Self, comptime T: type, comptime index: usize) //
        InCore(slots, at + index * flattenOne(T).len) {
            return .{ .values = place.values };
        }
    };
}

/// What a list's pointer and length are.
const slice_parts = &.{ u32, u32 };

pub fn lift(comptime T: type, place: anytype, allocator: Allocator) T {
    if (comptime isScalar(T)) return place.get(T);
    switch (@typeInfo(T)) {
        .void => return {},
        .pointer => |pointer| {
            const address = place.part(slice_parts, 0).get(u32);
            const len = place.part(slice_parts, 1).get(u32);
            return liftSlice(pointer.child, address, len, allocator);
        },
        .array => |array| {
            var all: T = undefined;
            if (@TypeOf(place) == InMemory) {
                for (&all, 0..) |*one, i| one.* = lift(array.child, place.element(array.child, i), allocator);
            } else {
                inline for (&all, 0..) |*one, i| one.* = lift(array.child, place.element(array.child, i), allocator);
            }
            return all;
        },
        .@"struct" => |record| {
            var all: T = undefined;
            inline for (record.field_names, record.field_types, 0..) |name, Field, i| {
                @field(all, name) = lift(Field, place.part(record.field_types, i), allocator);
            }
            return all;
        },
        .optional => |optional| {
            if (place.get(u8) == 0) return null;
            return lift(optional.child, place.payload(&.{ void, optional.child }), allocator);
        },
        .@"union" => |variant| {
            const cases = variant.field_types;
            switch (@as(u32, place.get(Discriminant(cases)))) {
                inline 0...cases.len - 1 => |i| {
                    const payload = lift(cases[i], place.payload(cases), allocator);
                    return @unionInit(T, variant.field_names[i], payload);
                },
                else => @trap(),
            }
        },
        else => unreachable,
    }
}

/// A list whose elements lie in memory as Zig has them stays where it is.
fn liftSlice(comptime T: type, address: u32, len: u32, allocator: Allocator) []const T {
    if (len == 0) return &.{};
    if (comptime isPlain(T)) {
        const all: [*]const T = @ptrCast(@alignCast(pointerTo(address)));
        return all[0..len];
    }
    const all = allocator.alloc(T, len) catch traps.outOfMemory();
    const place: InMemory = .{ .at = pointerTo(address) };
    for (all, 0..) |*one, i| one.* = lift(T, place.element(T, i), allocator);
    return all;
}

pub fn lower(value: anytype, place: anytype, allocator: Allocator) void {
    const T = @TypeOf(value);
    if (comptime isScalar(T)) return place.set(value);
    switch (@typeInfo(T)) {
        .void => {},
        .pointer => |pointer| {
            place.part(slice_parts, 0).set(lowerSlice(pointer.child, value, allocator));
            place.part(slice_parts, 1).set(@as(u32, @intCast(value.len)));
        },
        .array => |array| if (@TypeOf(place) == InMemory) {
            for (value, 0..) |one, i| lower(one, place.element(array.child, i), allocator);
        } else {
            inline for (value, 0..) |one, i| lower(one, place.element(array.child, i), allocator);
        },
        .@"struct" => |record| inline for (record.field_names, 0..) |name, i| {
            lower(@field(value, name), place.part(record.field_types, i), allocator);
        },
        .optional => |optional| if (value) |some| {
            place.set(@as(u8, 1));
            lower(some, place.payload(&.{ void, optional.child }), allocator);
        } else {
            place.set(@as(u8, 0));
        },
        .@"union" => |variant| switch (value) {
            inline else => |payload, case| {
                const cases = variant.field_types;
                place.set(@as(Discriminant(cases), @backingInt(case)));
                lower(payload, place.payload(cases), allocator);
            },
        },
        else => unreachable,
    }
}

fn lowerSlice(comptime T: type, all: []const T, allocator: Allocator) u32 {
    // Nothing is read there, but it has to be a place where a T could be.
    if (all.len == 0) return alignOf(T);
    if (comptime isPlain(T)) return addressOf(all.ptr);
    const alignment: std.mem.Alignment = comptime .fromByteUnits(alignOf(T));
    const bytes = allocator.alignedAlloc(u8, alignment, all.len * sizeOf(T)) catch traps.outOfMemory();
    const place: InMemory = .{ .at = bytes.ptr };
    for (all, 0..) |one, i| lower(one, place.element(T, i), allocator);
    return addressOf(bytes.ptr);
}

/// Lies in memory as Zig has it.
fn isPlain(comptime T: type) bool {
    return switch (@typeInfo(T)) {
        .array => |array| isPlain(array.child),
        .bool, .int, .float, .@"enum", .@"struct" => T != u21 and isScalar(T),
        else => false,
    };
}

/// Whether a type is such a one, or made of one.
pub fn has(comptime is: fn (comptime type) bool, comptime T: type) bool {
    if (is(T)) return true;
    return switch (@typeInfo(T)) {
        .pointer => |pointer| pointer.size == .slice and has(is, pointer.child),
        .array => |array| has(is, array.child),
        .@"struct" => |record| anyHas(is, record.field_types),
        .optional => |optional| has(is, optional.child),
        .@"union" => |variant| anyHas(is, variant.field_types),
        else => false,
    };
}

pub fn anyHas(comptime is: fn (comptime type) bool, comptime types: []const type) bool {
    for (types) |T| if (has(is, T)) return true;
    return false;
}

pub fn isSlice(comptime T: type) bool {
    return @typeInfo(T) == .pointer and @typeInfo(T).pointer.size == .slice;
}

pub fn isCopiedSlice(comptime T: type) bool {
    return isSlice(T) and !isPlain(@typeInfo(T).pointer.child);
}

pub fn isBorrow(comptime T: type) bool {
    return @typeInfo(T) == .@"struct" and @hasDecl(T, "is_borrow");
}

/// Gives back what was lent.
pub fn returnBorrows(value: anytype) void {
    const T = @TypeOf(value);
    if (comptime !has(isBorrow, T)) return;
    if (comptime isBorrow(T)) return value.value.drop();
    switch (@typeInfo(T)) {
        .pointer, .array => for (value) |one| returnBorrows(one),
        .@"struct" => |record| inline for (record.field_names) |name| returnBorrows(@field(value, name)),
        .optional => if (value) |some| returnBorrows(some),
        .@"union" => switch (value) {
            inline else => |payload| returnBorrows(payload),
        },
        else => unreachable,
    }
}
