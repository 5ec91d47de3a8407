// u32 comes and goes as s32, and so do 64 bits come as signed ones.
export const u32In = (v) => v >>> 0;
export const u32Out = (v) => (typeof v === "number" ? v | 0 : v);
export const u64In = (v) => (v < 0 ? v + 2 ** 64 : v);
export const u64Out = (v) => (typeof v === "bigint" ? Number(v) : v);
export const s64Out = u64Out;

// Typed arrays are copied as they are.
const hasBigInts = (v) => Array.isArray(v) && v.some((x) => typeof x === "bigint");
export const u32sOut = (v) => (ArrayBuffer.isView(v) ? v : Uint32Array.from(v));
export const u64sOut = (v) => (hasBigInts(v) ? BigUint64Array.from(v, BigInt) : v);
export const s64sOut = (v) => (hasBigInts(v) ? BigInt64Array.from(v, BigInt) : v);

/** Of a variant, the value of a case is converted where `by` has something for it. */
export const cased = (v, by) =>
  Object.hasOwn(by, v.tag) ? { tag: v.tag, val: by[v.tag](v.val) } : v;

/** Where a handle has the plugin's object. */
export const self = Symbol("self");
export const ownIn = (handle) => handle[self];
export const ownOut = (v, Handle) => {
  if (Object(v) !== v) return v;
  const handle = Object.create(Handle.prototype);
  handle[self] = v;
  return handle;
};

const hasPayload = (error) => Object(error) === error && Object.hasOwn(error, "payload");

/** What a plugin threw, as it goes to the host: an Error without a payload is none of the contract's. */
export const thrown = (error, convert) => {
  if (hasPayload(error)) return convert(error.payload);
  return error instanceof Error ? error : convert(error);
};

/** What the host refused with, as it comes to the plugin. */
export const received = (error, convert) => {
  if (!hasPayload(error)) return error;
  const payload = convert(error.payload);
  return Object.assign(new Error(`${payload} (see error.payload)`), { payload });
};

/** A constructor that may fail: what it answers is a value, since componentize-qjs expects one. */
export const attempted = (handle, construct, convert, isText) => {
  try {
    handle[self] = construct();
    return { tag: "ok", val: handle };
  } catch (error) {
    const reason = thrown(error, convert);
    if (!(reason instanceof Error)) return { tag: "err", val: reason };
    if (isText) return { tag: "err", val: reason.message };
    throw error;
  }
};

export const replace = (where, name, by) => {
  where[name] = by(where[name]);
};

/** The same class, but what it is constructed with, and what it refuses that with, is converted. */
export const constructed = (Class, convert, convertError = (v) => v) =>
  new Proxy(Class, {
    construct(_, args) {
      try {
        return new Class(...convert(...args));
      } catch (error) {
        throw received(error, convertError);
      }
    },
  });

/** The plugin has what the contract wants; else a build fails here. */
export const check = (source, wanted) => {
  const missing = wanted.filter(([, kind, value]) => typeof value !== kind);
  if (missing.length === 0) return;
  const names = missing.map(([name, kind]) => `${name} (${kind})`);
  throw new Error(`${source} does not export ${names.join(", ")}`);
};
