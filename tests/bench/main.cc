// ./dev bench [--only=ROW] [--json]: measures each row of docs/performance.md beside its limit.
#include <cstdio>
#include <string>
#include <string_view>

#include "storage/base/log.h"
#include "tests/bench/load.h"

namespace suyuan::bench {
namespace {

struct Row {
  const char* name;
  absl::StatusOr<Figures> (*run)();
};

constexpr Row kRows[] = {{"append_unary", AppendUnary},
                         {"append_many", AppendMany},
                         {"command", Command},
                         {"million_batches", MillionBatches},
                         {"hidden", Hidden},
                         {"proof", Proof},
                         {"tile", Tile},
                         {"scan", Scan},
                         {"labels_pdf", LabelsPdf},
                         {"page", Page},
                         {"verify", Verify},
                         {"growth", Growth},
                         {"vs_postgres", VsPostgres}};

int Run(std::string_view only, bool json) {
  Figures all;
  for (const Row& row : kRows) {
    if (!only.empty() && only != row.name) continue;
    std::fprintf(stderr, "measuring %s\n", row.name);
    const absl::StatusOr<Figures> figures = row.run();
    if (!figures.ok()) {
      std::fprintf(stderr, "%s: %s\n", row.name, figures.status().ToString().c_str());
      return 1;
    }
    all.insert(figures->begin(), figures->end());
  }
  if (all.empty()) {
    std::fprintf(stderr, "no row is called %s\n", std::string(only).c_str());
    return 2;
  }
  const char* separator = json ? "{" : "";
  for (const auto& [name, value] : all) {
    std::printf(json ? "%s\"%s\": %.4g" : "%s%-36s %14.4g\n", separator, name.c_str(), value);
    separator = json ? ", " : "";
  }
  if (json) std::printf("}\n");
  return 0;
}

}  // namespace
}  // namespace suyuan::bench

int main(int argc, char** argv) {
  std::string_view only;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") {
      json = true;
    } else if (word.starts_with("--only=")) {
      only = word.substr(word.find('=') + 1);
    } else {
      std::fprintf(stderr, "usage: bench [--only=ROW] [--json]\n");
      return 2;
    }
  }
  suyuan::log::SetQuiet(true);
  return suyuan::bench::Run(only, json);
}
