/* Promise G13: a kick is never lost.
 *
 * One vCPU's host thread, and another thread that kicks it twice. Stands for:
 *
 *   vmm/machine/kick.cpp        Kick::send, on_signal, take, wake, wait
 *   vmm/machine/vcpu_loop.cpp   VcpuLoop::step (take, then run), run and wait_for_work (idle)
 *   vmm/arch/x86_64/guest_cpu.cpp   GuestCpu::run, on_interrupted: a vCPU that was found on its way
 *                               into the shim forgets the request to leave, as it leaves by itself
 *   vmm/machine/core.cpp        Core::spread_work (wakes a vCPU that says that it is idle)
 *   Linux                       KVM_RUN returns at once if immediate_exit is set or a signal is
 *                               pending, and leaves the guest when one comes
 *
 * The guest never leaves by itself, but for a vCPU that is inside the shim. Broken variants:
 *
 *   BROKEN_TAKE      the flag is looked at before the request to leave is forgotten
 *   BROKEN_HANDLER   the handler sets the flag alone
 *   BROKEN_SEND      the signal comes before the flag, and the handler does not set it
 *   BROKEN_IDLE      the vCPU says that it is idle after it has looked for work and let the lock go
 */

#define KICKS 2

/* What the kernel and the two threads share. */
bool signal_pending;   /* sent, and its handler has not run */
bool immediate_exit;   /* in kvm_run */
bool flag;             /* Kick::is_pending_ */
bool event;            /* the eventfd that ends the idle wait */

/* The monitor's lock, and what it guards. */
bool locked;
bool is_idle;
byte work;             /* threads that are ready */

/* What happens, for the properties. */
byte sent;             /* kicks */
byte reasons;          /* why the vCPU shall leave: posted before the kick, seen after take() */
bool is_sending;       /* a kick is under way */
bool is_in_guest;      /* runs a domain's code, and goes on for ever unless a signal comes */
bool is_waiting;       /* in ppoll() */

bool g13_every_kick_is_seen = true;
bool g13_every_wake_is_seen = true;

inline lock()   { atomic { !locked -> locked = true } }
inline unlock() { locked = false }

/* The handler runs on the vCPU's thread, whenever that executes code of user space. */
inline handler()
{
    signal_pending = false;
#if !defined(BROKEN_SEND)
    flag = true;
#endif
#if !defined(BROKEN_HANDLER)
    immediate_exit = true;
#endif
}

/* Between any two steps the signal may be delivered, or not yet. */
inline user_space()
{
    do
    :: atomic { signal_pending -> handler() }
    :: break
    od
}

inline take(kicked)
{
#ifdef BROKEN_TAKE
    atomic { kicked = flag; flag = false };
    user_space();
    immediate_exit = false
#else
    immediate_exit = false;
    user_space();
    atomic { kicked = flag; flag = false }
#endif
}

/* What take() was for: the reasons that are there now. */
inline see_reasons() { reasons = 0 }

active proctype vcpu()
{
    bool kicked;
    bool is_in_shim;
    do
    :: /* VcpuLoop::step(), with a thread on the vCPU. */
        user_space();
        take(kicked);
        if
        :: kicked -> see_reasons()
        :: else
        fi;
        user_space();
        /* KVM_RUN. */
        if
        :: atomic { immediate_exit || signal_pending -> skip }
        :: atomic { else -> is_in_guest = true };
            /* It leaves by a signal alone; where the signal meets it, nobody knows. */
end_in_guest:
            atomic { signal_pending -> is_in_guest = false };
            if
            :: is_in_shim = true
            :: is_in_shim = false
            fi;
            user_space();
            if
            :: is_in_shim -> /* forgets the request, goes on, and leaves by its own port write */
                immediate_exit = false;
                user_space()
            :: else
            fi
        fi
    :: /* VcpuLoop::run(): no thread on the vCPU. */
        lock();
        if
        :: work > 0 -> work = work - 1; unlock()
        :: else ->
#ifdef BROKEN_IDLE
            unlock();
            is_idle = true;
#else
            is_idle = true;
            unlock();
#endif
            atomic { is_waiting = true };
            /* ppoll(): until the event, or a signal while it waits. */
end_asleep:
            if
            :: atomic { event -> is_waiting = false }
            :: atomic { signal_pending -> is_waiting = false }
            fi;
            event = false;
            user_space();
            take(kicked);
            if
            :: kicked -> see_reasons()
            :: else
            fi;
            lock();
            is_idle = false;
            unlock()
        fi
    od
}

/* Another vCPU's thread: stops a domain, or ends a slice. */
active proctype kicker()
{
    do
    :: sent < KICKS ->
        atomic { reasons = 1; is_sending = true };
#ifdef BROKEN_SEND
        signal_pending = true;
        flag = true;
#else
        flag = true;
        signal_pending = true;
#endif
        is_sending = false;
        sent++
    :: else -> break
    od
}

/* Another vCPU's thread: makes a thread ready. */
active proctype worker()
{
    lock();
    work = work + 1;
    if
    :: is_idle -> is_idle = false; event = true
    :: else
    fi;
    unlock()
}

/* Nothing will ever get the vCPU out of the guest, or out of its sleep, though there is a reason. */
bool this_never_comes = true;   /* but it does */

active proctype properties()
{
end:
    do
    :: atomic { is_in_guest && !signal_pending && !is_sending && reasons != 0 ->
           g13_every_kick_is_seen = false;
           assert(g13_every_kick_is_seen) }
    :: atomic { is_waiting && !event && !locked && work > 0 ->
           g13_every_wake_is_seen = false;
           assert(g13_every_wake_is_seen) }
#ifdef CAN_HAPPEN
    /* A vCPU in the guest, having seen a kick, is what the properties are about. */
    :: atomic { is_in_guest && !is_sending && reasons == 0 && sent == KICKS ->
           this_never_comes = false; assert(this_never_comes) }
#endif
    od
}
