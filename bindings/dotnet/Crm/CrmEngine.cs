using System;
using System.Runtime.InteropServices;

namespace Crm
{
    /// <summary>An engine over one store. Any thread may use it, at the same time as others.</summary>
    public sealed class CrmEngine : IDisposable
    {
        // Static, so that they are never collected while the library holds them.
        private static readonly Native.LogFn Written = OnLog;
        private static readonly Native.DestroyFn LetGo = ctx => GCHandle.FromIntPtr(ctx).Free();

        private readonly EngineHandle handle;

        private CrmEngine(EngineHandle handle) { this.handle = handle; }

        /// <summary>Opens an engine.</summary>
        /// <param name="uri">Where the data is: <c>memory:</c>, <c>sqlite:PATH</c>.</param>
        /// <param name="log">Receives faults of the library, on the thread of the call that met one; may be null.</param>
        /// <exception cref="CrmException">The URI is not known, or the store says no.</exception>
        public static CrmEngine Open(string uri, Action<string> log = null)
        {
            if (Native.crm_abi_version() >> 16 != Native.AbiVersion >> 16)
                throw new DllNotFoundException("libcrm " + Version + " has another ABI than this package");
            using (Text text = new Text(uri))
            {
                Native.Options options = new Native.Options();
                options.StructSize = (uint)Marshal.SizeOf(typeof(Native.Options));
                options.AbiVersion = Native.AbiVersion;
                options.Uri = text.Str;
                if (log != null)
                {
                    options.Log = Marshal.GetFunctionPointerForDelegate(Written);
                    options.LogDestroy = Marshal.GetFunctionPointerForDelegate(LetGo);
                    options.LogCtx = GCHandle.ToIntPtr(GCHandle.Alloc(log));
                }
                Native.Check(Native.crm_open(ref options, out IntPtr engine, out IntPtr err), err);
                return new CrmEngine(new EngineHandle(engine));
            }
        }

        /// <summary>Opens a session, which keeps the engine.</summary>
        /// <param name="actor">Login or id of a user, whom the host has authenticated; null is the owner.</param>
        /// <param name="purpose">What the data is used for, such as <c>sales</c>; null is sales.</param>
        /// <param name="tenant">Whose data.</param>
        public CrmSession OpenSession(string actor = null, string purpose = null, ulong tenant = 1)
        {
            using (Text who = new Text(actor))
            using (Text why = new Text(purpose))
            {
                int status = Native.crm_session_open(
                    handle, tenant, who.Str, why.Str, out IntPtr session, out IntPtr err);
                Native.Check(status, err);
                return new CrmSession(new SessionHandle(session));
            }
        }

        /// <summary>Runs one line of a script, as <c>crm run</c> does; empty for a remark.</summary>
        public string RunLine(string defaults, ulong number, string line)
        {
            using (Text given = new Text(defaults))
            using (Text text = new Text(line))
            {
                int status = Native.crm_run_line(
                    handle, given.Str, number, text.Str, out Native.Buf answer, out IntPtr err);
                Native.Check(status, err);
                return Native.Take(ref answer);
            }
        }

        /// <summary>The version of the library.</summary>
        public static string Version => Native.Utf8(Native.crm_version_string());

        /// <summary>Engines, sessions, tokens, errors and buffers of this process that are not closed.</summary>
        public static ulong LiveObjects => Native.crm_live_objects();

        /// <summary>Whether the library has a feature, such as <c>sqlite</c>.</summary>
        public static bool HasFeature(string name)
        {
            using (Text text = new Text(name)) return Native.crm_has_feature(text.Str) != 0;
        }

        /// <summary>The catalogue as JSON: operations with their schemas, statuses, features, layouts.</summary>
        public static string Describe()
        {
            Native.Check(Native.crm_describe(out Native.Buf answer, out IntPtr err), err);
            return Native.Take(ref answer);
        }

        /// <summary>Closes the engine; its sessions work on. Again is harmless.</summary>
        public void Dispose() { handle.Dispose(); }

        private static void OnLog(IntPtr ctx, int level, IntPtr message, UIntPtr length)
        {
            try
            {
                ((Action<string>)GCHandle.FromIntPtr(ctx).Target)(Native.Utf8(message, (int)length));
            }
            catch (Exception)
            {
                // An exception must not cross into the library, and a log has nobody to tell.
            }
        }
    }
}
