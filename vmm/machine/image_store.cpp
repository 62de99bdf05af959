#include "machine/image_store.hpp"

#include <algorithm>
#include <native/machine_number.hpp>
#include <utility>

namespace glacis {

Result<ImagePointer, pd_status> ImageStore::get(std::vector<std::byte> file)
{
    std::vector<ImagePointer> known;
    {
        const std::lock_guard guard(mutex_);
        known = live();
    }
    for (const ImagePointer& image : known) {
        const auto bytes = image->program.file();
        if (std::equal(bytes.begin(), bytes.end(), file.begin(), file.end())) {
            return image;
        }
    }
    known.clear(); // or this would be the last to hold one of them
    auto program = Program::parse(std::move(file), native_machine_number);
    if (!program) {
        return PD_BAD_PROGRAM;
    }
    // Not made in one piece with its counter, which a weak pointer would keep.
    const ImagePointer image(new Image{std::move(program).value()});
    const std::lock_guard guard(mutex_);
    const std::uint64_t kept = size_of(live());
    if (image->program.file().size() > budget_ - std::min(budget_, kept)) {
        return PD_NO_MEMORY;
    }
    images_.emplace_back(image);
    return image;
}

std::uint64_t ImageStore::size()
{
    const std::lock_guard guard(mutex_);
    return size_of(live());
}

/// Those that somebody holds; the others are forgotten. Holds mutex_.
std::vector<ImagePointer> ImageStore::live()
{
    std::vector<ImagePointer> images;
    std::erase_if(images_, [&images](const auto& entry) {
        ImagePointer image = entry.lock();
        if (!image) {
            return true;
        }
        images.push_back(std::move(image));
        return false;
    });
    return images;
}

std::uint64_t ImageStore::size_of(const std::vector<ImagePointer>& images) const
{
    std::uint64_t size = 0;
    for (const ImagePointer& image : images) {
        size += image->program.file().size();
    }
    return size;
}

} // namespace glacis
