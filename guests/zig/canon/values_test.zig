//! Every type of tests/round_trip/wit is lowered and lifted again, in memory and as core values. The
//! toolchain's tests write world.zig, the contract, and layouts.zig, what wit-parser says of its types.

const std = @import("std");
const canon = @import("canon.zig");
const values = @import("values.zig");
const layouts = @import("layouts.zig");
const echo = @import("world.zig").imports.echo;
const Allocator = std.mem.Allocator;

/// What a component's memory is. Address 0 is before it.
var memory: [1 << 22]u8 align(16) = undefined;

const Memory = struct {
    buffer: std.heap.FixedBufferAllocator,

    fn init() Memory {
        values.origin = @intFromPtr(&memory) - 16;
        return .{ .buffer = .init(&memory) };
    }

    /// A value as it lies in memory.
    fn lowered(self: *Memory, value: anytype) []u8 {
        const T = @TypeOf(value);
        const allocator = self.buffer.allocator();
        const alignment: std.mem.Alignment = comptime .fromByteUnits(values.alignOf(T));
        const bytes = allocator.alignedAlloc(u8, alignment, values.sizeOf(T)) catch unreachable;
        @memset(bytes, 0xee);
        values.lower(value, values.InMemory{ .at = bytes.ptr }, allocator);
        return bytes;
    }
};

fn Flat(comptime T: type) type {
    return @Tuple(values.flatten(&.{T}));
}

fn flat(value: anytype, allocator: Allocator) Flat(@TypeOf(value)) {
    const slots = comptime values.flatten(&.{@TypeOf(value)});
    var core: @Tuple(slots) = undefined;
    inline for (&core) |*slot| slot.* = 0;
    values.lower(value, values.InCore(slots, 0){ .values = &core }, allocator);
    return core;
}

fn lifted(comptime T: type, core: Flat(T), allocator: Allocator) T {
    const slots = comptime values.flatten(&.{T});
    var copy = core;
    return values.lift(T, values.InCore(slots, 0){ .values = &copy }, allocator);
}

fn there_and_back(value: anytype, store: *Memory) !void {
    const T = @TypeOf(value);
    const allocator = store.buffer.allocator();
    const bytes = store.lowered(value);
    const from_memory = values.lift(T, values.InMemory{ .at = bytes.ptr }, allocator);
    try std.testing.expectEqualDeep(value, from_memory);
    if (comptime values.flatten(&.{T}).len > 16) return;
    try std.testing.expectEqualDeep(value, lifted(T, flat(value, allocator), allocator));
}

fn random(comptime T: type, source: std.Random, allocator: Allocator) T {
    switch (@typeInfo(T)) {
        .void => return {},
        .bool => return source.boolean(),
        .int => return if (T == u21) source.uintLessThan(u21, 0xd800) else source.int(T),
        .float => return @floatCast(source.floatNorm(f64) * 1e6),
        .@"enum" => return source.enumValue(T),
        .optional => |optional| return if (source.boolean()) random(optional.child, source, allocator) else null,
        .array => |array| {
            var all: T = undefined;
            for (&all) |*one| one.* = random(array.child, source, allocator);
            return all;
        },
        .pointer => |pointer| {
            const all = allocator.alloc(pointer.child, source.uintLessThan(usize, 4)) catch unreachable;
            for (all) |*one| one.* = random(pointer.child, source, allocator);
            return all;
        },
        .@"struct" => |record| {
            if (record.layout == .@"packed") return randomFlags(T, source);
            var all: T = undefined;
            inline for (record.field_names, record.field_types) |name, Field| {
                @field(all, name) = random(Field, source, allocator);
            }
            return all;
        },
        .@"union" => |variant| {
            const index = source.uintLessThan(usize, variant.field_names.len);
            inline for (variant.field_names, variant.field_types, 0..) |name, Case, i| {
                if (i == index) return @unionInit(T, name, random(Case, source, allocator));
            }
            unreachable;
        },
        else => comptime unreachable,
    }
}

fn randomFlags(comptime T: type, source: std.Random) T {
    var all: T = .{};
    inline for (@typeInfo(T).@"struct".field_names) |name| {
        if (@FieldType(T, name) == bool) @field(all, name) = source.boolean();
    }
    return all;
}

test "every type comes back as it was" {
    @setEvalBranchQuota(100_000);
    var generator: std.Random.DefaultPrng = .init(std.testing.random_seed);
    const source = generator.random();
    inline for (@typeInfo(echo).@"struct".decl_names) |name| {
        if (@TypeOf(@field(echo, name)) == type) continue;
        const parameters = @typeInfo(@TypeOf(@field(echo, name))).@"fn".param_types;
        for (0..50) |_| {
            var store: Memory = .init();
            inline for (parameters) |T| {
                if (T.? == Allocator) continue;
                try there_and_back(random(T.?, source, store.buffer.allocator()), &store);
            }
        }
    }
}

test "types have the sizes, alignments and core values that wit-parser gives them" {
    @setEvalBranchQuota(100_000);
    inline for (layouts.all) |layout| {
        const T, const size, const alignment, const core = layout;
        try std.testing.expectEqual(size, values.sizeOf(T));
        try std.testing.expectEqual(alignment, values.alignOf(T));
        comptime var own: []const u8 = "";
        inline for (comptime values.flatten(&.{T})) |Slot| {
            own = own ++ switch (Slot) {
                u32 => "i",
                u64 => "I",
                f32 => "f",
                f64 => "F",
                else => unreachable,
            };
        }
        try std.testing.expectEqualStrings(core, own);
    }
}

test "fields lie where the Canonical ABI has them, and nothing between them is touched" {
    var store: Memory = .init();
    const Record = struct { a: u8, b: u32, c: bool, d: u16 };
    const bytes = store.lowered(Record{ .a = 1, .b = 0x05040302, .c = true, .d = 0x0706 });
    const expected = [_]u8{ 1, 0xee, 0xee, 0xee, 2, 3, 4, 5, 1, 0xee, 6, 7 };
    try std.testing.expectEqualSlices(u8, &expected, bytes);
}

test "a case's number is before its payload" {
    var store: Memory = .init();
    const Variant = union(enum) { none, small: u8, large: u64 };
    const small = store.lowered(Variant{ .small = 7 });
    const untouched: [7]u8 = @splat(0xee);
    try std.testing.expectEqualSlices(u8, &([_]u8{1} ++ untouched ++ .{7} ++ untouched), small);
    const none = store.lowered(@as(?u16, null));
    try std.testing.expectEqualSlices(u8, &.{ 0, 0xee, 0xee, 0xee }, none);
}

test "a variant is aligned as the number of its case, where payloads are smaller" {
    const Many = comptime many: {
        @setEvalBranchQuota(1_000_000);
        var names: [257][]const u8 = undefined;
        var numbers: [257]u16 = undefined;
        for (&names, &numbers, 0..) |*name, *number, i| {
            name.* = std.fmt.comptimePrint("case{d}", .{i});
            number.* = i;
        }
        const types: [257]type = @splat(u8);
        break :many @Union(.auto, @Enum(u16, .exhaustive, &names, &numbers), &names, &types, &@splat(.{}));
    };
    var store: Memory = .init();
    try std.testing.expectEqualSlices(u8, &.{ 0, 1, 7, 0xee }, store.lowered(Many{ .case256 = 7 }));
}

test "text stays where it is, and other lists are copied" {
    var store: Memory = .init();
    const allocator = store.buffer.allocator();
    const text = try allocator.dupe(u8, "text");
    const first = @intFromPtr(text.ptr) - values.origin;
    try std.testing.expectEqual(@as(Flat([]const u8), .{ @intCast(first), 4 }), flat(@as([]const u8, text), allocator));
    const letters = try allocator.dupe(u21, &.{ 'a', 0x1f600 });
    const address, const len = flat(@as([]const u21, letters), allocator);
    const copied = memory[address + values.origin - @intFromPtr(&memory) ..][0..8];
    try std.testing.expectEqual(2, len);
    try std.testing.expectEqualSlices(u8, &.{ 'a', 0, 0, 0, 0, 0xf6, 1, 0 }, copied);
}

test "an empty list is at an address that its elements could have" {
    var store: Memory = .init();
    try std.testing.expectEqual(@as(Flat([]const u64), .{ 8, 0 }), flat(@as([]const u64, &.{}), store.buffer.allocator()));
}

test "signed numbers are extended by their sign" {
    var store: Memory = .init();
    const allocator = store.buffer.allocator();
    try std.testing.expectEqual(Flat(i8){0xffff_ffff}, flat(@as(i8, -1), allocator));
    try std.testing.expectEqual(Flat(i64){0xffff_ffff_ffff_fffe}, flat(@as(i64, -2), allocator));
    try std.testing.expectEqual(@as(i8, -128), lifted(i8, .{0xffff_ff80}, allocator));
}

test "cases share core values as bits" {
    var store: Memory = .init();
    const allocator = store.buffer.allocator();
    const Both = union(enum) { single: f32, double: f64, number: u32 };
    try std.testing.expectEqual(Flat(Both){ 0, 0x3fc0_0000 }, flat(Both{ .single = 1.5 }, allocator));
    try std.testing.expectEqual(Flat(Both){ 1, 0x3ff8_0000_0000_0000 }, flat(Both{ .double = 1.5 }, allocator));
    try std.testing.expectEqual(Both{ .number = 9 }, lifted(Both, .{ 2, 9 }, allocator));
}

test "a NaN keeps its bits" {
    var store: Memory = .init();
    const bytes = store.lowered(@as(f32, @bitCast(@as(u32, 0x7fc0_1234))));
    const back = values.lift(f32, values.InMemory{ .at = bytes.ptr }, store.buffer.allocator());
    try std.testing.expectEqual(@as(u32, 0x7fc0_1234), @as(u32, @bitCast(back)));
}

test "handles are numbers" {
    const Handle = struct { handle: u32 };
    try std.testing.expectEqual(4, values.sizeOf(canon.Borrow(Handle)));
    try std.testing.expectEqual(@as([]const type, &.{u32}), comptime values.flatten(&.{canon.Borrow(Handle)}));
}

const Lent = struct {
    handle: u32,

    var dropped: u32 = 0;

    pub fn drop(self: Lent) void {
        dropped += self.handle;
    }
};

test "what is lent goes back, wherever in an argument it is" {
    const Borrow = canon.Borrow(Lent);
    const ones: [2]Borrow = .{ .{ .value = .{ .handle = 1 } }, .{ .value = .{ .handle = 10 } } };
    const Case = union(enum) { none, lent: Borrow };
    Lent.dropped = 0;
    values.returnBorrows(.{
        @as([]const Borrow, &ones),
        @as(?Borrow, .{ .value = .{ .handle = 100 } }),
        Case{ .lent = .{ .value = .{ .handle = 1000 } } },
        @as(Lent, .{ .handle = 10000 }),
        @as([]const u8, "text"),
    });
    try std.testing.expectEqual(1111, Lent.dropped);
}
