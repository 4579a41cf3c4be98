#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kMutants = 300;

void Try(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

// What libFuzzer does at its simplest, the same on every run: cut, flip, repeat, swap.
std::string Mutate(const std::string& seed, std::mt19937& random) {
  std::string mutant = seed;
  const auto at = [&](size_t size) { return size == 0 ? 0 : random() % size; };
  for (int change = 0; change < 4 && !mutant.empty(); ++change) {
    const size_t place = at(mutant.size());
    const size_t length = at(std::min<size_t>(mutant.size() - place, 200) + 1);
    switch (random() % 5) {
      case 0: mutant[place] = static_cast<char>(random()); break;
      case 1: mutant.erase(place, length); break;
      case 2: mutant.insert(place, mutant.substr(place, length)); break;
      case 3: mutant.resize(place); break;
      default: mutant.insert(place, seed.substr(at(seed.size()), length)); break;
    }
  }
  return mutant;
}

}  // namespace

// Runs a fuzz target without libFuzzer: every file given, then mutants of it.
int main(int argc, char** argv) {
  std::mt19937 random(20260101);
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    const std::string seed(std::istreambuf_iterator<char>(file), {});
    if (seed.empty()) {
      std::fprintf(stderr, "%s: empty or not there\n", argv[i]);
      return 1;
    }
    Try(seed);
    for (int mutant = 0; mutant < kMutants; ++mutant) Try(Mutate(seed, random));
    std::printf("%s and %d mutants: ok\n", argv[i], kMutants);
  }
  return 0;
}
