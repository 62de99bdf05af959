// The calls across domains that a thread is in, and those that are prepared for it.
#pragma once

#include <cstdint>
#include <glacis/abi/gate.h>
#include <glacis/supervisor/gate.hpp>
#include <optional>
#include <vector>

namespace glacis {

struct GateDescription;

/// A call that the shim may carry out: one with this tag (glacis/abi/gate.h) by code that runs on
/// the root `from` goes to `entry` on the root `to`.
struct PreparedCall {
    std::uint64_t tag = 0;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t entry = 0;
};

/// Belongs to a thread; guarded. While the thread is on a vCPU that block of memory is ahead of
/// `frames`, by the calls and returns that the shim has carried out since VcpuLoop::follow().
struct CallState {
    struct Frame {
        std::uint64_t root = 0;
        std::uint64_t stack_pointer = 0;       ///< when it called on; of all frames but the last
        supervisor::Activation activation;     ///< of all frames but the first
        const GateDescription* gate = nullptr; ///< through which it was entered, if not by the shim
        bool must_leave = false;               ///< a return to it comes to the VMM
    };
    /// A root for part of the thread's stack, made for a callee.
    struct Window {
        supervisor::Activation activation;
        supervisor::StackView view;
        std::uint64_t root = 0;
    };

    /// By depth; the first is the thread in its own domain. Empty as long as it has made no call.
    std::vector<Frame> frames;
    std::vector<Window> windows;
    std::vector<PreparedCall> prepared; ///< by hint: GLACIS_ENTRIES, or none
    std::uint64_t stops = 0;            ///< Supervisor::stops() when this was last gone through

    [[nodiscard]] std::size_t depth() const { return frames.empty() ? 0 : frames.size() - 1; }
    [[nodiscard]] const Window* find_window(std::uint64_t root) const
    {
        for (const Window& window : windows) {
            if (window.root == root) {
                return &window;
            }
        }
        return nullptr;
    }
    [[nodiscard]] bool is_on_the_way(std::uint64_t root) const
    {
        for (const Frame& frame : frames) {
            if (frame.root == root) {
                return true;
            }
        }
        return false;
    }
};

} // namespace glacis
