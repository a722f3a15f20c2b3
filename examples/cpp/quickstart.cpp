// Opens an engine, makes a customer, reads it, shows an error with its field, closes.
#include <iostream>

#include "crm.hpp"

int main() try {
  {
    auto engine = crm::engine::open("memory:").value();
    auto session = engine.session("owner", "sales").value();

    auto created = session.call("customer.create", R"({"id":"01890000-0000-7000-8000-000000000001","name":"Ada Ltd"})");
    std::cout << "created " << created.value().view() << '\n';

    auto seen = session.call("customer.get", R"({"id":"01890000-0000-7000-8000-000000000001"})").value();
    std::cout << "it has " << (seen.view().size() > 100 ? "all its fields" : seen.view()) << '\n';

    if (auto refused = session.call("customer.create", R"({"name":""})"); !refused)
      std::cout << "refused: " << refused.error().name() << ' ' << refused.error().problem() << '\n';
  }
  std::cout << "left over: " << crm_live_objects() << '\n';
} catch (const crm::error &error) {
  std::cerr << error.name() << ' ' << error.problem() << '\n';
  return 1;
}
