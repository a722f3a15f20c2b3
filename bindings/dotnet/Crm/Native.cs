using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Crm
{
    /// <summary>Text that the library borrows: a pinned array of UTF-8 bytes.</summary>
    internal struct Text : IDisposable
    {
        private GCHandle pin;
        public Native.Str Str;

        public Text(string text)
        {
            byte[] bytes = text == null ? new byte[0] : Encoding.UTF8.GetBytes(text);
            pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            Str.Ptr = bytes.Length == 0 ? IntPtr.Zero : pin.AddrOfPinnedObject();
            Str.Len = (UIntPtr)bytes.Length;
        }

        public void Dispose()
        {
            if (pin.IsAllocated) pin.Free();
        }
    }

    /// <summary>crm.h, as it is. A test compares every offset with crm_describe().abi.</summary>
    internal static class Native
    {
        private const string Library = "crm";
        public const uint AbiVersion = 1;
        public const int Ok = 0;
        public const int Cancelled = 5001;

        [StructLayout(LayoutKind.Sequential)]
        public struct Str
        {
            public IntPtr Ptr;
            public UIntPtr Len;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct Buf
        {
            public IntPtr Data;
            public UIntPtr Len;
            public IntPtr Owner;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct Options
        {
            public uint StructSize;
            public uint AbiVersion;
            public Str Uri;
            public IntPtr Log;
            public IntPtr LogDestroy;
            public IntPtr LogCtx;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct CallOpts
        {
            public uint StructSize;
            public uint AbiVersion;
            public Str Key;
            public long NowMicros;
            public IntPtr Entropy;
            public UIntPtr EntropyLen;
            public IntPtr Cancel;
            public IntPtr Progress;
            public IntPtr ProgressCtx;
        }

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate void LogFn(IntPtr ctx, int level, IntPtr message, UIntPtr length);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate void DestroyFn(IntPtr ctx);

        [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
        public delegate int ProgressFn(IntPtr ctx, ulong step);

        public delegate int Function(
            SessionHandle session, Str op, Str request, ref CallOpts opts, out Buf result, out IntPtr err);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern uint crm_abi_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr crm_version_string();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_has_feature(Str name);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern ulong crm_live_objects();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_describe(out Buf result, out IntPtr err);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr crm_status_name(int status);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr crm_error_message(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern IntPtr crm_error_json(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_error_free(IntPtr error);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern void crm_buf_free(ref Buf buf);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_open(ref Options options, out IntPtr engine, out IntPtr err);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_close(IntPtr engine);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_session_open(
            EngineHandle engine, ulong tenant, Str actor, Str purpose, out IntPtr session, out IntPtr err);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_session_close(IntPtr session);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_call(
            SessionHandle session, Str op, Str request, ref CallOpts opts, out Buf result, out IntPtr err);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_plan(
            SessionHandle session, Str op, Str request, ref CallOpts opts, out Buf result, out IntPtr err);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_plan_sql(
            SessionHandle session, Str op, Str request, ref CallOpts opts, out Buf sql, out Buf answer, out IntPtr err);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_run_line(
            EngineHandle engine, Str defaults, ulong number, Str line, out Buf result, out IntPtr err);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_cancel_new(out IntPtr cancel, out IntPtr err);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_cancel_trigger(IntPtr cancel);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        public static extern int crm_cancel_free(IntPtr cancel);

        /// <summary>Throws where the status says so; frees the error object.</summary>
        public static void Check(int status, IntPtr err)
        {
            if (status != Ok) throw CrmException.Take(status, err);
        }

        /// <summary>The text of a buffer, which is freed.</summary>
        public static string Take(ref Buf buf)
        {
            try
            {
                return Utf8(buf.Data, checked((int)buf.Len));
            }
            finally
            {
                crm_buf_free(ref buf);
            }
        }

        /// <summary>Static or borrowed text that ends with a NUL.</summary>
        public static string Utf8(IntPtr text)
        {
            int length = 0;
            while (Marshal.ReadByte(text, length) != 0) length++;
            return Utf8(text, length);
        }

        public static string Utf8(IntPtr text, int length)
        {
            if (length == 0) return "";
            byte[] bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return Encoding.UTF8.GetString(bytes);
        }
    }

    internal sealed class EngineHandle : SafeHandle
    {
        public EngineHandle(IntPtr engine) : base(IntPtr.Zero, true) { SetHandle(engine); }
        public override bool IsInvalid => handle == IntPtr.Zero;
        protected override bool ReleaseHandle() => Native.crm_close(handle) == Native.Ok;
    }

    internal sealed class SessionHandle : SafeHandle
    {
        public SessionHandle(IntPtr session) : base(IntPtr.Zero, true) { SetHandle(session); }
        public override bool IsInvalid => handle == IntPtr.Zero;
        protected override bool ReleaseHandle() => Native.crm_session_close(handle) == Native.Ok;
    }
}
