// Runs a fuzzer's function over its corpus and, from a seed, over changes of it: what the fuzzers
// have found stays found, in every build. Usage: X_replay CORPUS [SEED]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kChangesOfEach = 2000;

void Try(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

// A few bytes changed, taken out or put in.
std::string Changed(std::string input, std::mt19937_64& random) {
  for (uint64_t left = random() % 4 + 1; left > 0; --left) {
    const size_t at = input.empty() ? 0 : random() % input.size();
    const char byte = static_cast<char>(random());
    switch (random() % 3) {
      case 0:
        if (!input.empty()) input[at] = byte;
        break;
      case 1:
        input.insert(at, 1, byte);
        break;
      default:
        if (!input.empty()) input.erase(at, random() % 8 + 1);
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device()();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  std::mt19937_64 random(seed);
  std::vector<std::string> corpus;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (corpus.empty()) return 3;
  for (const std::string& input : corpus) {
    Try(input);
    for (int i = 0; i < kChangesOfEach; ++i) Try(Changed(input, random));
  }
  std::printf("%zu inputs and %d changes of each\n", corpus.size(), kChangesOfEach);
  return 0;
}
