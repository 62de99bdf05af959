// Every hypercall number becomes what it says, with its arguments in order; every other number is
// refused.

#include <glacis/abi/hypercall.h>
#include <gtest/gtest.h>
#include <set>

#include "machine/decode_call.hpp"

namespace glacis {
namespace {

using namespace supervisor;

HypercallEvent event(std::uint64_t number)
{
    return {number, {11, 12, 13, 14, 15, 16}};
}

template <class T> T request(std::uint64_t number)
{
    const auto call = decode_call(event(number));
    EXPECT_TRUE(call.has_value());
    const auto* supervised = call ? std::get_if<SupervisorCall>(&*call) : nullptr;
    EXPECT_NE(supervised, nullptr);
    const auto* result = supervised != nullptr ? std::get_if<T>(&supervised->request) : nullptr;
    EXPECT_NE(result, nullptr) << "number " << number;
    return result != nullptr ? *result : T{};
}

TEST(DecodeCall, memory_calls_take_their_arguments_in_order)
{
    EXPECT_EQ(request<MemoryAlloc>(GLACIS_CALL_MEMORY_ALLOC).length, 11U);
    EXPECT_EQ(request<MemoryAlloc>(GLACIS_CALL_MEMORY_ALLOC).perm, 12U);
    const auto set = request<MemorySetPerm>(GLACIS_CALL_MEMORY_SET_PERM);
    EXPECT_EQ(set.address, 11U);
    EXPECT_EQ(set.length, 12U);
    EXPECT_EQ(set.perm, 13U);
    EXPECT_EQ(set.domain, 14U);
    EXPECT_EQ(set.flags, 15U);
    EXPECT_EQ(request<MemoryTransfer>(GLACIS_CALL_MEMORY_TRANSFER).domain, 13U);
    EXPECT_EQ(request<MemoryFree>(GLACIS_CALL_MEMORY_FREE).length, 12U);
}

TEST(DecodeCall, group_calls_take_their_arguments_in_order)
{
    request<GroupCreate>(GLACIS_CALL_GROUP_CREATE);
    EXPECT_EQ(request<GroupDelete>(GLACIS_CALL_GROUP_DELETE).group, 11U);
    EXPECT_EQ(request<GroupAdd>(GLACIS_CALL_GROUP_ADD).group, 11U);
    EXPECT_EQ(request<GroupAdd>(GLACIS_CALL_GROUP_ADD).domain, 12U);
    EXPECT_EQ(request<GroupRemove>(GLACIS_CALL_GROUP_REMOVE).group, 11U);
    EXPECT_EQ(request<GroupRemove>(GLACIS_CALL_GROUP_REMOVE).domain, 12U);
    const auto set = request<MemorySetGroupPerm>(GLACIS_CALL_MEMORY_SET_GROUP_PERM);
    EXPECT_EQ(set.address, 11U);
    EXPECT_EQ(set.length, 12U);
    EXPECT_EQ(set.perm, 13U);
    EXPECT_EQ(set.group, 14U);
    EXPECT_EQ(set.flags, 15U);
}

TEST(DecodeCall, stack_calls_take_their_arguments_in_order)
{
    const auto alloc = request<StackAlloc>(GLACIS_CALL_STACK_ALLOC);
    EXPECT_EQ(alloc.commit, 11U);
    EXPECT_EQ(alloc.limit, 12U);
    EXPECT_EQ(alloc.slot, 13U);
    EXPECT_EQ(alloc.manager, 14U);
    EXPECT_EQ(request<StackGrow>(GLACIS_CALL_STACK_GROW).commit, 12U);
    EXPECT_EQ(request<StackActivate>(GLACIS_CALL_STACK_ACTIVATE).vcpu, 12U);
    EXPECT_EQ(request<StackSetPerm>(GLACIS_CALL_STACK_SET_PERM).flags, 15U);
    EXPECT_EQ(request<StackFree>(GLACIS_CALL_STACK_FREE).stack, 11U);
}

TEST(DecodeCall, thread_manager_calls_take_their_arguments_in_order)
{
    const auto run = request<ThreadRun>(GLACIS_CALL_THREAD_RUN);
    EXPECT_EQ(run.thread, 11U);
    EXPECT_EQ(run.slice, 12U);
    EXPECT_EQ(run.recall_from, 13U);
    const auto take = request<ThreadTake>(GLACIS_CALL_THREAD_TAKE);
    EXPECT_EQ(take.event, 11U);
    EXPECT_EQ(take.timeout, 12U);
    EXPECT_EQ(request<ThreadOffer>(GLACIS_CALL_THREAD_OFFER).thread, 11U);
    const auto parameter = request<ThreadSetParameter>(GLACIS_CALL_THREAD_SET_PARAMETER);
    EXPECT_EQ(parameter.thread, 11U);
    EXPECT_EQ(parameter.parameter, 12U);

    const auto call = decode_call(event(GLACIS_CALL_THREAD_TAKE));
    ASSERT_TRUE(call.has_value());
    const auto& supervised = std::get<SupervisorCall>(*call);
    EXPECT_EQ(supervised.out_address, 11U);
    EXPECT_EQ(supervised.out_size, sizeof(pd_thread_event));
}

TEST(DecodeCall, domain_calls_take_their_arguments_in_order)
{
    const auto call = decode_call(event(GLACIS_CALL_DOMAIN_CREATE));
    ASSERT_TRUE(call && std::holds_alternative<DomainCreateCall>(*call));
    const auto& create = std::get<DomainCreateCall>(*call);
    EXPECT_EQ(create.image, 11U);
    EXPECT_EQ(create.length, 12U);
    EXPECT_EQ(create.parameters, 13U);
    EXPECT_EQ(request<DomainDestroy>(GLACIS_CALL_DOMAIN_DESTROY).domain, 11U);
    EXPECT_EQ(request<DomainInfo>(GLACIS_CALL_DOMAIN_INFO).domain, 11U);
    EXPECT_EQ(request<DomainWait>(GLACIS_CALL_DOMAIN_WAIT).domain, 11U);
    EXPECT_EQ(request<DomainWait>(GLACIS_CALL_DOMAIN_WAIT).timeout, 12U);
}

TEST(DecodeCall, calls_with_a_structure_say_where_it_goes_and_how_large_it_is)
{
    for (const std::uint64_t number :
         {GLACIS_CALL_MEMORY_QUERY, GLACIS_CALL_STACK_INFO, GLACIS_CALL_DOMAIN_INFO}) {
        const auto call = decode_call(event(number));
        ASSERT_TRUE(call.has_value());
        const auto& supervised = std::get<SupervisorCall>(*call);
        EXPECT_EQ(supervised.out_address, 12U);
        EXPECT_GT(supervised.out_size, 0U);
    }
}

TEST(DecodeCall, thread_create_brings_its_name_by_address)
{
    const auto call = decode_call(event(GLACIS_CALL_THREAD_CREATE));
    ASSERT_TRUE(call.has_value());
    const auto& supervised = std::get<SupervisorCall>(*call);
    EXPECT_EQ(supervised.name_address, 16U);
    const auto& create = std::get<ThreadCreate>(supervised.request);
    EXPECT_EQ(create.entry, 11U);
    EXPECT_EQ(create.argument, 12U);
    EXPECT_EQ(create.stack, 13U);
    EXPECT_EQ(create.thread_pointer, 14U);
    EXPECT_EQ(create.flags, 15U);
}

TEST(DecodeCall, exactly_the_documented_numbers_are_known)
{
    const std::set<std::uint64_t> known = {
        0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x14,
        0x15, 0x16, 0x17, 0x18, 0x19, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x30,
        0x31, 0x32, 0x33, 0x40, 0x41, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56,
        0x57, 0x58, 0x59, 0x5a, 0x5b, 0x60, 0x61, 0x62, 0x63, 0x64};
    for (std::uint64_t number = 0; number < 0x1000; ++number) {
        EXPECT_EQ(decode_call(event(number)).has_value(), known.count(number) == 1) << number;
    }
    for (unsigned bit = 12; bit < 64; ++bit) {
        EXPECT_FALSE(decode_call(event(std::uint64_t{1} << bit)).has_value()) << bit;
    }
}

TEST(DecodeCall, calls_that_can_block_are_those_that_save_the_thread_first)
{
    EXPECT_TRUE(may_reschedule(ThreadJoin{}));
    EXPECT_TRUE(may_reschedule(ThreadWait{}));
    EXPECT_TRUE(may_reschedule(ThreadSleep{}));
    EXPECT_TRUE(may_reschedule(ThreadYield{}));
    EXPECT_TRUE(may_reschedule(ThreadExit{}));
    EXPECT_TRUE(may_reschedule(DomainDestroy{}));
    EXPECT_TRUE(may_reschedule(DomainWait{}));
    EXPECT_TRUE(may_reschedule(FaultWait{}));
    EXPECT_TRUE(may_reschedule(ThreadRun{}));
    EXPECT_TRUE(may_reschedule(ThreadTake{}));
    EXPECT_FALSE(may_reschedule(DomainInfo{}));
    EXPECT_FALSE(may_reschedule(ThreadWake{}));
    EXPECT_FALSE(may_reschedule(StackAlloc{}));
    EXPECT_FALSE(may_reschedule(MemoryFree{}));
}

} // namespace
} // namespace glacis
