using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Storage.Conformance;

/// <summary>The keys of devices that are known to have keys.</summary>
public static class RecordKeys
{
    extension(DeviceRecord device)
    {
        /// <summary>The key in the first slot.</summary>
        public SymmetricKey PrimaryKey => (SymmetricKey)device.Primary;

        /// <summary>The key in the second slot.</summary>
        public SymmetricKey SecondaryKey => (SymmetricKey)device.Secondary;
    }
}

/// <summary>The keys of policies that are known to have keys.</summary>
public static class PolicyKeys
{
    extension(PolicyRecord policy)
    {
        /// <summary>The key in the first slot.</summary>
        public SymmetricKey PrimaryKey => (SymmetricKey)policy.Primary;

        /// <summary>The key in the second slot.</summary>
        public SymmetricKey SecondaryKey => (SymmetricKey)policy.Secondary;
    }
}
