// What crm.hpp promises beyond crm.h. Prints one line when all of it holds.
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

#include "crm.hpp"

static void check(bool holds, const char *what) {
  if (holds) return;
  std::cout << "FAILED: " << what << '\n';
  std::exit(1);
}

static_assert(!std::is_copy_constructible_v<crm::engine> && std::is_nothrow_move_constructible_v<crm::engine>);
static_assert(!std::is_copy_constructible_v<crm::session> && std::is_nothrow_move_assignable_v<crm::session>);
static_assert(!std::is_copy_constructible_v<crm::buffer> && std::is_nothrow_move_assignable_v<crm::buffer>);

int main() {
  {
    std::vector<std::string> lines;
    auto engine = crm::engine::open("memory:", [&](std::string_view line) { lines.emplace_back(line); }).value();
    auto session = engine.session().value();
    crm::engine moved = std::move(engine);
    check(engine.get() == nullptr, "what was moved from is empty");
    check(!engine.session(), "and refuses");
    moved = crm::engine::open("memory:").value();
    check(bool(session.call("customer.create", R"({"name":"A"})")), "a session outlives its engine");

    auto refused = session.call("customer.create", R"({"name":""})");
    check(!refused && refused.error().status() == CRM_E_REFUSED, "a refusal is a result");
    try {
      refused.value();
      check(false, "value() throws");
    } catch (const crm::error &error) {
      check(error.problem().find(R"("path":"name")") != std::string::npos, "the error names the field");
    }
    check(crm::engine::open("ftp:x").error().status() == CRM_E_ARGUMENT, "a URI that is not known");

    crm::call_options stops;
    stops.progress = [](std::uint64_t) { return false; };
    check(session.call("customer.create", "{}", stops).error().status() == CRM_E_CANCELLED, "progress stops");
    crm::call_options throws;
    throws.progress = [](std::uint64_t) -> bool { throw std::out_of_range("mine"); };
    try {
      (void)session.call("customer.create", "{}", throws);
      check(false, "the callback's exception comes out");
    } catch (const std::out_of_range &mine) {
      check(std::string_view(mine.what()) == "mine", "unchanged");
    }
    crm::cancel cancel;
    crm::call_options cancelled;
    cancelled.cancel = &cancel;
    check(bool(session.call("customer.create", R"({"name":"A"})", cancelled)), "not cancelled yet");
    std::thread([&] { cancel.trigger(); }).join();
    check(session.call("customer.create", R"({"name":"A"})", cancelled).error().status() == CRM_E_CANCELLED, "cancelled");

    std::array<std::uint8_t, 32> entropy{{1, 2, 3}};
    crm::call_options given;
    given.now_micros = 1790000000000000;
    given.entropy = &entropy;
    auto once = [&] {
      auto fresh = crm::engine::open("memory:").value().session().value();
      return fresh.call("customer.create", R"({"name":"A"})", given).value().str();
    };
    check(once() == once(), "time and entropy decide the bytes");
    check(session.plan_sql("customer.create", R"({"name":"A"})").error().status() == CRM_E_ARGUMENT, "no SQL in memory");
    check(session.plan("customer.create", R"({"name":"A"})").value().view().find("\"put\":\"customer\"") != std::string_view::npos, "a plan");
    check(crm::describe().value().view().find("customer.create") != std::string_view::npos, "the catalogue");
    check(crm::has_feature("memory") && !crm::has_feature("teleport"), "features");
    check(lines.empty(), "nothing was logged");
  }
  check(crm_live_objects() == 0, "nothing is left over");
  std::cout << "all checks hold\n";
}
