-- What a shop begins with.
CREATE TABLE item (name TEXT PRIMARY KEY, cents INTEGER NOT NULL, stock INTEGER NOT NULL) STRICT;
CREATE TABLE orders (
  id TEXT PRIMARY KEY, customer TEXT NOT NULL, country TEXT NOT NULL, total INTEGER NOT NULL
) STRICT;
CREATE TABLE order_line (
  id TEXT NOT NULL REFERENCES orders, item TEXT NOT NULL, count INTEGER NOT NULL,
  cents INTEGER NOT NULL
) STRICT;

INSERT INTO item VALUES
  ('book', 2400, 10), ('lamp', 8900, 3), ('pen', 199, 5000), ('sticker', 10, 100000);
