// Replays a script, as `crm run` does: run SCRIPT.jsonl [URI], one answer per line; in memory where no URI is given.
#include <fstream>
#include <iostream>
#include <string>

#include "crm.hpp"

int main(int argc, char **argv) try {
  std::ifstream script(argc == 2 || argc == 3 ? argv[1] : "");
  if (!script) return std::cerr << "usage: run SCRIPT.jsonl [URI]\n", 2;
  auto engine = crm::engine::open(argc == 3 ? argv[2] : "memory:").value();
  std::string line;
  for (std::uint64_t number = 1; std::getline(script, line); ++number) {
    auto answer = engine.run_line(R"({"now":"2026-01-05T08:00:00Z","seed":1})", number, line).value();
    if (!answer.view().empty()) std::cout << answer.view() << '\n';
  }
} catch (const crm::error &error) {
  std::cerr << error.name() << ' ' << error.problem() << '\n';
  return 1;
}
