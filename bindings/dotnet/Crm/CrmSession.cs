using System;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace Crm
{
    /// <summary>What a call may bring besides its request.</summary>
    public sealed class CrmCallOptions
    {
        /// <summary>Idempotency key: the same key and request give the first answer again.</summary>
        public string Key { get; set; }
        /// <summary>When the call is made; null for the clock of this machine.</summary>
        public DateTime? Now { get; set; }
        /// <summary>32 bytes that ids come from; null for this machine's.</summary>
        public byte[] Entropy { get; set; }
        /// <summary>Ends the call with an <see cref="OperationCanceledException"/>.</summary>
        public CancellationToken Cancellation { get; set; }
        /// <summary>Told that the call is at work; false stops it. What it throws comes out of the call.</summary>
        public Func<ulong, bool> Progress { get; set; }
    }

    /// <summary>An operation that is not committed yet.</summary>
    public sealed class CrmSqlPlan
    {
        internal CrmSqlPlan(string sql, string answer)
        {
            Sql = sql;
            Answer = answer;
        }

        /// <summary>The statements, one a line; empty where nothing would be written.</summary>
        public string Sql { get; }

        /// <summary>The JSON response, true once the host has committed.</summary>
        public string Answer { get; }
    }

    /// <summary>One actor at work: any thread, one at a time.</summary>
    public sealed class CrmSession : IDisposable
    {
        private static readonly Native.ProgressFn Watched = OnProgress;
        private static readonly Native.Function CallFunction = Native.crm_call;
        private static readonly Native.Function PlanFunction = Native.crm_plan;

        private readonly SessionHandle handle;

        internal CrmSession(SessionHandle handle)
        {
            this.handle = handle;
            Customers = new CrmCustomers(this);
        }

        /// <summary>Organizations and persons that buy or may buy.</summary>
        public CrmCustomers Customers { get; }

        /// <summary>Runs one operation and commits it.</summary>
        /// <param name="op">Its name, such as <c>customer.create</c>.</param>
        /// <param name="request">Its JSON; null is <c>{}</c>.</param>
        /// <param name="options">May be null.</param>
        /// <returns>The JSON response.</returns>
        /// <exception cref="CrmException">The engine says no; nothing was changed.</exception>
        /// <exception cref="OperationCanceledException">The host cancelled; nothing was changed.</exception>
        public string Call(string op, string request = null, CrmCallOptions options = null)
            => Run(CallFunction, op, request, options ?? new CrmCallOptions());

        /// <summary>As <see cref="Call"/>, on a thread of the pool.</summary>
        public Task<string> CallAsync(string op, string request = null, CrmCallOptions options = null)
            => Task.Run(() => Call(op, request, options));

        /// <summary>What <see cref="Call"/> would commit, as JSON, without committing it.</summary>
        public string Plan(string op, string request = null, CrmCallOptions options = null)
            => Run(PlanFunction, op, request, options ?? new CrmCallOptions());

        /// <summary>What <see cref="Call"/> would commit, as SQL for a transaction of your own on the store's file, and what it
        /// would answer. The process must hold one SQLite library only: docs/csharp.md says how.</summary>
        public CrmSqlPlan PlanSql(string op, string request = null, CrmCallOptions options = null)
        {
            Native.Buf sql = default(Native.Buf);
            Native.Function both = (SessionHandle session, Native.Str name, Native.Str body, ref Native.CallOpts opts,
                    out Native.Buf planned, out IntPtr err)
                => Native.crm_plan_sql(session, name, body, ref opts, out sql, out planned, out err);
            string answer = Run(both, op, request, options ?? new CrmCallOptions());
            return new CrmSqlPlan(Native.Take(ref sql), answer);
        }

        /// <summary>Closes the session. Again is harmless, also while a call is at work.</summary>
        public void Dispose() { handle.Dispose(); }

        /// <summary>A progress callback on its way through the library.</summary>
        private sealed class Watch
        {
            public Func<ulong, bool> Progress;
            public ExceptionDispatchInfo Thrown;
        }

        private string Run(Native.Function function, string op, string request, CrmCallOptions options)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            IntPtr cancel = IntPtr.Zero;
            GCHandle entropy = default(GCHandle), context = default(GCHandle);
            CancellationTokenRegistration registration = default(CancellationTokenRegistration);
            Watch watch = new Watch { Progress = options.Progress };
            try
            {
                using (Text name = new Text(op))
                using (Text body = new Text(request))
                using (Text key = new Text(options.Key))
                {
                    Native.CallOpts opts = new Native.CallOpts();
                    opts.StructSize = (uint)Marshal.SizeOf(typeof(Native.CallOpts));
                    opts.AbiVersion = Native.AbiVersion;
                    opts.Key = key.Str;
                    opts.NowMicros = Micros(options.Now);
                    if (options.Entropy != null)
                    {
                        entropy = GCHandle.Alloc(options.Entropy, GCHandleType.Pinned);
                        opts.Entropy = entropy.AddrOfPinnedObject();
                        opts.EntropyLen = (UIntPtr)options.Entropy.Length;
                    }
                    if (options.Cancellation.CanBeCanceled)
                    {
                        Native.Check(Native.crm_cancel_new(out cancel, out IntPtr failed), failed);
                        IntPtr token = cancel;
                        registration = options.Cancellation.Register(() => Native.crm_cancel_trigger(token));
                        opts.Cancel = cancel;
                    }
                    if (options.Progress != null)
                    {
                        context = GCHandle.Alloc(watch);
                        opts.Progress = Marshal.GetFunctionPointerForDelegate(Watched);
                        opts.ProgressCtx = GCHandle.ToIntPtr(context);
                    }
                    int status = function(
                        handle, name.Str, body.Str, ref opts, out Native.Buf answer, out IntPtr err);
                    if (status == Native.Ok) return Native.Take(ref answer);
                    CrmException problem = CrmException.Take(status, err);
                    if (watch.Thrown != null) watch.Thrown.Throw();
                    if (status == Native.Cancelled)
                        throw new OperationCanceledException(problem.Message, problem, options.Cancellation);
                    throw problem;
                }
            }
            finally
            {
                registration.Dispose();
                Native.crm_cancel_free(cancel);
                if (entropy.IsAllocated) entropy.Free();
                if (context.IsAllocated) context.Free();
            }
        }

        private static long Micros(DateTime? now)
        {
            DateTime epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);
            return now == null ? 0 : (now.Value.ToUniversalTime() - epoch).Ticks / 10;
        }

        private static int OnProgress(IntPtr ctx, ulong step)
        {
            Watch watch = (Watch)GCHandle.FromIntPtr(ctx).Target;
            try
            {
                return watch.Progress(step) ? 0 : 1;
            }
            catch (Exception thrown)
            {
                watch.Thrown = ExceptionDispatchInfo.Capture(thrown);
                return 1;
            }
        }
    }
}
