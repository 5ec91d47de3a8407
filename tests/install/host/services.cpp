// A host that grants: it links what services are made of.
#include <iostream>

#include <mortise/mortise.h>
#include <mortise/services/config/config.h>
#include <mortise/services/keyvalue/keyvalue.h>
#include <mortise/services/sql/sql.h>

int main() {
  namespace services = mortise::services;
  const mortise::Service config = services::config({{"currency", "EUR"}});
  auto keyvalue = services::Keyvalue::open({.file = "state.db"});
  auto sql = services::Sql({}).for_plugin(
      "host", {{.name = "shop", .file = "shop.db", .access = services::Access::read_write}});
  if (!keyvalue || !sql) return 1;
  std::cout << "interfaces: "
            << config.interfaces().size() + keyvalue->for_plugin("host", {}).interfaces().size() +
                   sql->interfaces().size()
            << "\n";
  return 0;
}
