// Owners of host resources: a file descriptor, a mapping. Move-only.
#pragma once

#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace glacis {

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() { reset(); }
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

private:
    void reset()
    {
        if (fd_ >= 0) {
            ::close(fd_);
        }
        fd_ = -1;
    }
    int fd_ = -1;
};

/// Memory that mmap gave; unmapped at the end.
class Mapping {
public:
    Mapping() = default;
    Mapping(void* address, std::uint64_t size)
        : address_(static_cast<std::uint8_t*>(address)), size_(size)
    {
    }
    ~Mapping() { reset(); }
    Mapping(Mapping&& other) noexcept
        : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0))
    {
    }
    Mapping& operator=(Mapping&& other) noexcept
    {
        if (this != &other) {
            reset();
            address_ = std::exchange(other.address_, nullptr);
            size_ = std::exchange(other.size_, 0);
        }
        return *this;
    }
    [[nodiscard]] std::uint8_t* data() const { return address_; }
    [[nodiscard]] std::uint64_t size() const { return size_; }

private:
    void reset()
    {
        if (address_ != nullptr) {
            ::munmap(address_, size_);
        }
        address_ = nullptr;
    }
    std::uint8_t* address_ = nullptr;
    std::uint64_t size_ = 0;
};

} // namespace glacis
