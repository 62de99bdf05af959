// Stands in for libFuzzer where the compiler has none: runs the corpus, then a fixed number of
// inputs mutated from it by a fixed seed. Takes libFuzzer's command line; options it does not know
// it ignores.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string_view>
#include <vector>

#include "fuzz.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t runs = 10000;
    std::size_t max_length = 4096;
    std::vector<std::filesystem::path> corpora;
};

Options parse_options(int argc, char** argv)
{
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const auto value = [&argument](std::string_view name) -> const char* {
            return argument.substr(0, name.size()) == name ? argument.data() + name.size()
                                                           : nullptr;
        };
        if (const char* seed = value("-seed=")) {
            options.seed = std::strtoull(seed, nullptr, 10);
        } else if (const char* runs = value("-runs=")) {
            options.runs = std::strtoull(runs, nullptr, 10);
        } else if (const char* length = value("-max_len=")) {
            options.max_length = std::strtoull(length, nullptr, 10);
        } else if (argument.substr(0, 1) != "-") {
            options.corpora.emplace_back(argument);
        }
    }
    return options;
}

Bytes read(const std::filesystem::path& path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// Every input of the corpora, sorted by name so that runs repeat, and the empty input.
std::vector<Bytes> read_corpora(const Options& options)
{
    std::vector<std::filesystem::path> files;
    for (const auto& corpus : options.corpora) {
        if (!std::filesystem::is_directory(corpus)) {
            files.push_back(corpus);
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    std::vector<Bytes> inputs{{}};
    for (const auto& file : files) {
        inputs.push_back(read(file));
    }
    return inputs;
}

class Mutator {
public:
    Mutator(std::uint64_t seed, const std::vector<Bytes>& corpus, std::size_t max_length)
        : random_(seed), corpus_(corpus), max_length_(max_length)
    {
    }

    Bytes next()
    {
        Bytes bytes = corpus_[below(corpus_.size())];
        const std::size_t changes = 1 + below(16);
        for (std::size_t i = 0; i < changes; ++i) {
            change(bytes);
        }
        bytes.resize(std::min(bytes.size(), max_length_));
        return bytes;
    }

private:
    std::size_t below(std::size_t limit) { return random_() % limit; }
    std::uint8_t byte() { return static_cast<std::uint8_t>(random_()); }
    Bytes::iterator place(Bytes& bytes)
    {
        return bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1));
    }

    void change(Bytes& bytes)
    {
        switch (below(6)) {
        case 0: // insert what may be a record of its own
            for (std::size_t count = 1 + below(24); count != 0; --count) {
                bytes.insert(place(bytes), byte());
            }
            break;
        case 1: // append
            for (std::size_t count = 1 + below(64); count != 0; --count) {
                bytes.push_back(byte());
            }
            break;
        case 2: { // a piece of another input
            const Bytes& other = corpus_[below(corpus_.size())];
            const std::size_t begin = below(other.size() + 1);
            const std::size_t length = below(other.size() - begin + 1);
            const auto from = other.begin() + static_cast<std::ptrdiff_t>(begin);
            bytes.insert(place(bytes), from, from + static_cast<std::ptrdiff_t>(length));
            break;
        }
        case 3: // remove
            if (!bytes.empty()) {
                const std::size_t begin = below(bytes.size());
                const std::size_t length =
                    1 + below(std::min<std::size_t>(bytes.size() - begin, 32));
                const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(begin);
                bytes.erase(from, from + static_cast<std::ptrdiff_t>(length));
            }
            break;
        case 4:
            if (!bytes.empty()) {
                bytes[below(bytes.size())] ^= static_cast<std::uint8_t>(1U << below(8));
            }
            break;
        default:
            if (!bytes.empty()) {
                bytes[below(bytes.size())] = byte();
            }
            break;
        }
    }

    std::mt19937_64 random_;
    const std::vector<Bytes>& corpus_;
    std::size_t max_length_;
};

} // namespace

int main(int argc, char** argv)
{
    const Options options = parse_options(argc, argv);
    const std::vector<Bytes> corpus = read_corpora(options);
    for (const Bytes& input : corpus) {
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    Mutator mutator(options.seed, corpus, options.max_length);
    for (std::uint64_t run = 0; run < options.runs; ++run) {
        const Bytes input = mutator.next();
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    std::printf("Done %llu runs from %zu seeds\n", static_cast<unsigned long long>(options.runs),
                corpus.size());
    return 0;
}
