#include "doctor/statistics.hpp"

#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/calls.hpp"

namespace glacis::doctor {

namespace {

// Documentation/virt/kvm/api.rst, 4.133. linux/kvm.h ends the descriptor in a flexible array.
struct Header {
    std::uint32_t flags;
    std::uint32_t name_size;
    std::uint32_t descriptors;
    std::uint32_t id_offset;
    std::uint32_t descriptors_offset;
    std::uint32_t data_offset;
};
struct StatisticDescriptor {
    std::uint32_t flags;
    std::int16_t exponent;
    std::uint16_t size;
    std::uint32_t offset;
    std::uint32_t bucket_size;
};
static_assert(sizeof(Header) == 24 && sizeof(StatisticDescriptor) == 16);

constexpr unsigned long request_get_stats_fd = _IO(KVMIO, 0xce);

bool read_at(int fd, std::uint64_t offset, void* to, std::size_t size)
{
    return ::pread(fd, to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

} // namespace

std::optional<Statistic> Statistic::open(const kvm::Vcpu& vcpu, std::string_view name)
{
    Descriptor fd(host::ioctl_vcpu(vcpu.fd(), request_get_stats_fd));
    Header header{};
    if (!fd.is_open() || !read_at(fd.get(), 0, &header, sizeof header)) {
        return std::nullopt;
    }
    const std::uint64_t step = sizeof(StatisticDescriptor) + header.name_size;
    std::string text(header.name_size, '\0');
    for (std::uint64_t index = 0; index < header.descriptors; ++index) {
        const std::uint64_t at = header.descriptors_offset + index * step;
        StatisticDescriptor descriptor{};
        if (!read_at(fd.get(), at, &descriptor, sizeof descriptor) ||
            !read_at(fd.get(), at + sizeof descriptor, text.data(), text.size())) {
            return std::nullopt;
        }
        if (text.c_str() == name) {
            return Statistic(std::move(fd), std::uint64_t{header.data_offset} + descriptor.offset);
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> Statistic::read() const
{
    std::uint64_t value = 0;
    return read_at(fd_.get(), offset_, &value, sizeof value) ? std::optional(value) : std::nullopt;
}

} // namespace glacis::doctor
